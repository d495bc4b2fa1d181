const MAX_SUBJECTS = 10_000;

/**
 * Subjects over their limit, each with the time (Unix milliseconds) until which it is refused without asking. Bounded:
 * the oldest is dropped.
 */
export class BlockedSubjects extends Map<string, number> {
  override set(subject: string, untilMs: number): this {
    this.delete(subject);
    super.set(subject, untilMs);
    if (this.size > MAX_SUBJECTS) {
      const [oldest] = this.keys();
      if (oldest !== undefined) this.delete(oldest);
    }
    return this;
  }
}

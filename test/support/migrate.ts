import { applyD1Migrations, type D1Migration } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Outbox } from "../../src/billing/outbox.ts";
import type { KeptAnswers } from "../../src/access/retries/kept-answers.ts";
import type { PasswordHasher } from "../../src/access/password-hasher.ts";
import type { TaskClockBase } from "../../src/tasks/task-clock.ts";
import type { KeyWindow } from "../../src/access/limits/key-window.ts";

declare global {
  namespace Cloudflare {
    interface Env {
      DB: D1Database;
      CREDENTIALS_KEY: string;
      KEY_WINDOWS: DurableObjectNamespace<KeyWindow>;
      OUTBOXES: DurableObjectNamespace<Outbox>;
      KEPT_ANSWERS: DurableObjectNamespace<KeptAnswers>;
      PASSWORD_HASHERS: DurableObjectNamespace<PasswordHasher>;
      TASK_CLOCKS: DurableObjectNamespace<TaskClockBase<unknown>>;
      IP_LIMITER: RateLimit;
      /** 20 a minute. */
      SMALL_IP_LIMITER: RateLimit;
      MIGRATIONS: D1Migration[];
    }
  }
}

await applyD1Migrations(env.DB, env.MIGRATIONS);

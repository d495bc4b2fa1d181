/** Says something to those who hear the page. */
export function announce(text: string): void {
  let region = document.querySelector("#announcements");
  if (region === null) {
    region = document.createElement("div");
    region.id = "announcements";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = text;
}

// A short tour of the real pages: one hint at a time, at the foot of the page, what it speaks of outlined.
(() => {
  "use strict";
  const STOPS = [
    { page: "/", about: "#figures", title: "Your week at a glance", text: "Figures against the week before, and what waits for you. Each of them opens what is behind it." },
    { page: "/prospects", about: "main table tbody tr, main .empty", title: "Yours, best first", text: "The score is out of 100, with the reasons beside it. j and k move down and up, Enter opens." },
    { page: "lead", about: "[aria-labelledby='score-title']", title: "A score adds up", text: "Each bar is a reason with its points, from where everyone starts to the score." },
    { page: "lead", about: "#outcome", title: "Say what became of it", text: "This is what your reports count and what scores learn from. What was said by mistake is taken back with a click." },
    { page: "/appointments", about: "#feed", title: "In your own calendar", text: "A private address brings your appointments into the calendar program you use already." },
  ];
  const FIRST_LEAD = "main tbody a[href^='/leads/']";

  const at = Number(new URLSearchParams(location.search).get("tour")) - 1;
  if (!(at in STOPS)) return;

  const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["x-csrf-token"] || "";
  const seen = () => fetch("/welcome/tour", { method: "POST", body: new URLSearchParams({ csrf_token: token() }), keepalive: true });

  const made = (tag, kind, text) => {
    const element = document.createElement(tag);
    element.className = kind;
    element.textContent = text;
    return element;
  };

  // Where the next stop is; without a lead to open, the two on a lead's page are passed over.
  const address = (place) => {
    const stop = STOPS[place];
    if (!stop) return null;
    if (stop.page !== "lead") return `${stop.page}?tour=${place + 1}`;
    if (location.pathname.startsWith("/leads/")) return `${location.pathname}?tour=${place + 1}`;
    const lead = document.querySelector(FIRST_LEAD);
    return lead ? `${lead.getAttribute("href").split(/[?#]/)[0]}?tour=${place + 1}` : address(place + 1);
  };

  const show = () => {
    const stop = STOPS[at];
    const about = document.querySelector(stop.about);
    const next = address(at + 1);
    const hint = made("section", "tour card", "");
    hint.setAttribute("role", "dialog");
    hint.setAttribute("aria-labelledby", "tour-title");
    hint.setAttribute("aria-describedby", "tour-text");
    const title = made("h2", "", stop.title);
    title.id = "tour-title";
    const text = made("p", "muted", stop.text);
    text.id = "tour-text";
    const go = made("button", "button main", next ? "Next" : "Done");
    const end = made("button", "button plain", "End the tour");
    const row = made("p", "actions", "");
    go.type = end.type = "button";
    row.append(go, ...(next ? [end] : []), made("span", "muted small", `${at + 1} of ${STOPS.length}`));
    hint.append(title, text, row);
    document.body.append(hint);

    const close = () => {
      seen();
      about?.classList.remove("tour-on");
      hint.remove();
      removeEventListener("keydown", escape, true);
      history.replaceState(null, "", location.pathname);
      document.getElementById("content")?.focus({ preventScroll: true });
    };
    const escape = (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      close();
    };
    addEventListener("keydown", escape, true);
    end.addEventListener("click", close);
    go.addEventListener("click", async () => {
      if (next) return location.assign(next);
      await seen();
      location.assign("/welcome");
    });
    if (about) {
      about.classList.add("tour-on");
      about.scrollIntoView({ block: "center" });
    }
    go.focus({ preventScroll: true });
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", show);
  else show();
})();

// What is new, as it happens: one stream for a page that asks for it; now and then a look where there is none.
(() => {
  const seat = document.querySelector("[data-live]");
  if (!seat) return;
  const LOOKS_MS = 20_000;
  const JOB_LOOKS_MS = 1_500;
  let last = seat.dataset.liveAfter || "";
  let stream = null;
  let looking = 0;
  const jobs = seat.dataset.liveJobs !== undefined;
  const tell = (detail) => {
    document.body.dispatchEvent(new CustomEvent("news", { detail }));
    for (const kind of Object.keys(detail.kinds)) document.body.dispatchEvent(new CustomEvent(`news-${kind}`));
  };
  // Nothing changes under somebody's hands: a part with an open menu, or the focus in it, is left as it is.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const part = event.target;
    const isNews = part.getAttribute("hx-trigger")?.includes("news");
    if (isNews && (part.querySelector("details[open]") || part.contains(document.activeElement))) event.preventDefault();
  });
  const mark = (on) => { for (const each of document.querySelectorAll("[data-live-mark]")) each.hidden = !on; };

  const text = (name, words, parent) => {
    const made = document.createElement(name);
    made.textContent = words;
    parent.append(made);
    return made;
  };
  const addLine = (list, line) => {
    const item = document.createElement("li");
    item.className = "fresh";
    const when = text("time", new Date(line.at).toISOString().slice(11, 16), item);
    when.dateTime = line.at;
    const dot = text("span", "", item);
    dot.className = `dot is-${line.colour}`;
    dot.setAttribute("aria-hidden", "true");
    const words = document.createElement("span");
    const into = line.href ? text("a", "", words) : words;
    if (line.href) into.href = line.href;
    if (line.subject) { text("strong", line.subject, into); into.append(" "); }
    into.append(line.words);
    item.append(words);
    list.prepend(item);
    while (list.children.length > 14) list.lastElementChild.remove();
    document.querySelector("[data-live-none]")?.setAttribute("hidden", "");
  };
  const countNew = (kinds, much) => {
    for (const bar of document.querySelectorAll("[data-live-bar]")) {
      const more = bar.dataset.liveKinds.split(" ").reduce((sum, kind) => sum + (kinds[kind] || 0), 0);
      if (!more && !much) continue;
      const whole = Number(bar.dataset.liveSeen || 0) + more;
      bar.dataset.liveSeen = whole;
      const { liveOne: one, liveMany: many } = bar.dataset;
      bar.querySelector("[data-live-count]").textContent = much || !whole ? `New ${many}.` : `${whole.toLocaleString("en")} new ${whole === 1 ? one : many}.`;
      bar.hidden = false;
    }
  };
  const showJob = (job) => {
    const own = document.querySelector(`[data-job="${CSS.escape(job.id)}"]`);
    const list = document.querySelector("[data-jobs]");
    if (job.over) {
      own?.closest("[data-jobs]") ? own.remove() : own && location.reload();
      return list && tell({ kinds: { import_done: 1 } });
    }
    let shown = own;
    if (!shown && list) {
      shown = document.createElement("li");
      shown.dataset.job = job.id;
      const link = text("a", job.title, shown);
      link.href = `/jobs/${job.id}`;
      text("span", "", shown).dataset.jobDoing = "";
      const meter = text("div", "", shown);
      meter.className = "meter";
      meter.setAttribute("role", "progressbar");
      meter.setAttribute("aria-label", job.title);
      text("i", "", meter);
      text("span", "", shown).dataset.jobCount = "";
      list.append(shown);
    }
    if (!shown) return null;
    const fill = shown.querySelector(".meter > i");
    fill.classList.toggle("pulse", job.percent === null);
    fill.style.width = `${job.percent ?? 100}%`;
    if (job.percent !== null) shown.querySelector("[role=progressbar]")?.setAttribute("aria-valuenow", job.percent);
    shown.querySelector("[data-job-doing]").textContent = job.doing || "At work";
    shown.querySelector("[data-job-count]").textContent = job.done ? `${job.done.toLocaleString("en")}${job.total ? ` of ${job.total.toLocaleString("en")}` : ""}` : "\u00a0";
    return null;
  };

  const look = () => {
    if (document.hidden) return;
    document.body.dispatchEvent(new CustomEvent("look"));
    tell({ kinds: {} });
  };
  const lookNowAndThen = () => {
    mark(false);
    looking ||= setInterval(look, seat.dataset.liveNow !== undefined ? JOB_LOOKS_MS : LOOKS_MS);
  };
  const listen = () => {
    if (stream || document.hidden) return;
    if (!window.EventSource) return lookNowAndThen();
    const asked = new URLSearchParams();
    if (last) asked.set("after", last);
    if (jobs) asked.set("jobs", "true");
    stream = new EventSource(`/events?${asked}`);
    stream.addEventListener("open", () => {
      mark(true);
      clearInterval(looking);
      looking = 0;
      // Work may have ended before the stream began.
      if (seat.dataset.liveNow !== undefined) look();
    });
    stream.addEventListener("hello", (event) => { last = event.lastEventId; });
    stream.addEventListener("news", (event) => {
      last = event.lastEventId;
      const news = JSON.parse(event.data);
      const list = document.querySelector("[data-live-feed]");
      if (list) for (const line of [...news.lines].reverse()) addLine(list, line);
      countNew(news.kinds, news.much);
      tell(news);
    });
    stream.addEventListener("job", (event) => showJob(JSON.parse(event.data)));
    stream.addEventListener("error", () => {
      mark(false);
      // The server has no room, or nobody is signed in any more: the browser has given up.
      if (stream?.readyState === EventSource.CLOSED) { stream = null; lookNowAndThen(); }
    });
    return null;
  };
  const hush = () => { stream?.close(); stream = null; mark(false); };
  document.addEventListener("visibilitychange", () => document.hidden ? hush() : listen());
  window.addEventListener("pagehide", hush);
  // After everything that makes the page, so that it never waits for the stream.
  window.addEventListener("load", () => setTimeout(listen, seat.dataset.liveNow !== undefined ? 0 : 1_200));

  // The ticker runs where there is more than fits, and nobody asked for stillness.
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  window.addEventListener("load", () => {
    const run = document.querySelector("[data-ticker]");
    if (!run || still.matches || document.documentElement.dataset.motion === "off" || run.scrollWidth <= run.parentElement.clientWidth) return;
    const copy = run.firstElementChild.cloneNode(true);
    copy.setAttribute("aria-hidden", "true");
    for (const link of copy.querySelectorAll("a")) link.tabIndex = -1;
    run.append(copy);
    run.classList.add("runs");
  });
  const hour = new Date().getHours();
  const greeting = document.querySelector("[data-greeting]");
  if (greeting) greeting.textContent = hour < 5 ? "Good evening" : hour < 12 ? "Good morning" : hour < 18 ? "Good afternoon" : "Good evening";
})();

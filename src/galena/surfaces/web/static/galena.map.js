// The plain map: zoom by buttons and wheel, move by dragging. Without it the map shows everything.
(() => {
  const map = document.querySelector("[data-map]");
  if (!map) return;
  const whole = map.viewBox.baseVal;
  const all = { x: whole.x, y: whole.y, width: whole.width, height: whole.height };
  let seen = { ...all };
  const show = () => {
    seen.x = Math.min(Math.max(seen.x, all.x), all.x + all.width - seen.width);
    seen.y = Math.min(Math.max(seen.y, all.y), all.y + all.height - seen.height);
    map.setAttribute("viewBox", `${seen.x} ${seen.y} ${seen.width} ${seen.height}`);
    // Circles keep their size on the screen, so that neighbours come apart.
    const scale = seen.width / all.width;
    for (const circle of map.querySelectorAll("circle")) {
      circle.dataset.r ??= circle.getAttribute("r");
      circle.setAttribute("r", circle.dataset.r * Math.max(scale, 0.12));
    }
  };
  const zoom = (by, x = seen.x + seen.width / 2, y = seen.y + seen.height / 2) => {
    const width = Math.min(Math.max(seen.width * by, all.width / 40), all.width);
    const share = width / seen.width;
    seen = { x: x - (x - seen.x) * share, y: y - (y - seen.y) * share, width, height: seen.height * share };
    show();
  };
  const at = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(map.getScreenCTM().inverse());
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-map-zoom]");
    if (!button) return;
    if (button.dataset.mapZoom === "all") { seen = { ...all }; show(); } else zoom(button.dataset.mapZoom === "in" ? 0.6 : 1 / 0.6);
  });
  map.addEventListener("wheel", (event) => {
    const spot = at(event);
    event.preventDefault();
    zoom(event.deltaY < 0 ? 0.8 : 1.25, spot.x, spot.y);
  }, { passive: false });
  let from = null;
  let dragged = false;
  map.addEventListener("pointerdown", (event) => { from = at(event); dragged = false; });
  window.addEventListener("pointerup", () => { from = null; map.classList.remove("moved"); });
  map.addEventListener("pointermove", (event) => {
    if (!from) return;
    const now = at(event);
    if (!dragged && Math.hypot(now.x - from.x, now.y - from.y) < seen.width / 200) return;
    dragged = true;
    map.classList.add("moved");
    seen.x += from.x - now.x;
    seen.y += from.y - now.y;
    show();
  });
  map.addEventListener("click", (event) => { if (dragged) event.preventDefault(); }, true);
})();

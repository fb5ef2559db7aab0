// The map: borders that come with the pages, pins in tier colours, clusters that open, an area to draw.
(() => {
  const card = document.querySelector("[data-atlas]");
  if (!card) return;
  const stage = card.querySelector("[data-atlas-stage]");
  const find = (name) => card.querySelector(`[data-atlas-${name}]`);
  const tiers = card.dataset.tiers.split("|").map((each) => ({ colour: each.split(":")[0], label: each.split(":").slice(1).join(":") }));
  const SVG = "http://www.w3.org/2000/svg";
  const WORLD = 1000;
  const make = (name, attributes = {}, parent = null) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    parent?.append(made);
    return made;
  };
  // Web Mercator on a square of 1,000, north up.
  const project = ([longitude, latitude]) => {
    const bounded = Math.max(-84, Math.min(84, latitude)) * Math.PI / 180;
    return [(longitude + 180) / 360 * WORLD, (0.5 - Math.log(Math.tan(Math.PI / 4 + bounded / 2)) / (2 * Math.PI)) * WORLD];
  };
  const unproject = (x, y) => [x / WORLD * 360 - 180, Math.atan(Math.sinh(Math.PI * (1 - 2 * y / WORLD))) * 180 / Math.PI];

  const svg = make("svg", { role: "group", tabindex: "0", "aria-label": "Map: arrows move it, plus and minus zoom, pins open their lead", preserveAspectRatio: "xMidYMid slice" });
  const base = make("g", { "aria-hidden": "true" }, svg);
  const lines = make("g", { "aria-hidden": "true" }, svg);
  const names = make("g", { "aria-hidden": "true" }, svg);
  const area = make("path", { class: "area" }, svg);
  const pins = make("g", {}, svg);
  let view = { x: 0, y: 0, width: WORLD, height: WORLD };
  let home = view;
  let index = null;
  let points = [];
  let states = [];
  let counties = "none";
  let corners = [];
  let drawing = false;
  let closed = false;

  const pathOf = (rings, close) => rings.map((ring) => {
    let text = "";
    let last = null;
    for (const place of ring) {
      const [x, y] = project(place);
      // A border that leaves the map in the east goes on in the west; no line runs between.
      text += `${last === null || Math.abs(x - last) > WORLD / 2 ? "M" : "L"}${x.toFixed(3)},${y.toFixed(3)}`;
      last = x;
    }
    return text + (close ? "Z" : "");
  }).join("");
  const ringsOf = (shape) => shape.type === "Polygon" ? shape.coordinates : shape.type === "MultiPolygon" ? shape.coordinates.flat() : [];
  const read = (name) => fetch(`/static/vendor/${name}.json`).then((answer) => answer.json());

  const drawBase = async () => {
    const [world, nation] = await Promise.all([read("countries-110m"), read("states-10m")]);
    const others = { type: "GeometryCollection", geometries: world.objects.countries.geometries.filter((each) => each.id !== "840") };
    make("path", { class: "land", d: topojson.feature(world, others).features.map((each) => pathOf(ringsOf(each.geometry), true)).join("") }, base);
    make("path", { class: "land", d: pathOf(ringsOf(topojson.feature(nation, nation.objects.nation).features[0].geometry), true) }, base);
    make("path", { class: "lines", d: pathOf(topojson.mesh(nation, nation.objects.states, (one, other) => one !== other).coordinates, false) }, lines);
    states = topojson.feature(nation, nation.objects.states).features.map((each) => {
      const largest = ringsOf(each.geometry).reduce((best, ring) => ring.length > best.length ? ring : best, []).map(project);
      const xs = largest.map(([x]) => x);
      const ys = largest.map(([, y]) => y);
      return { name: each.properties.name, x: (Math.min(...xs) + Math.max(...xs)) / 2, y: (Math.min(...ys) + Math.max(...ys)) / 2, width: Math.max(...xs) - Math.min(...xs) };
    });
  };
  const drawCounties = async () => {
    if (counties !== "none") return;
    counties = "coming";
    const whole = await read("counties-10m");
    make("path", { class: "lines fine", d: pathOf(topojson.mesh(whole, whole.objects.counties, (one, other) => one !== other).coordinates, false) }, lines);
    counties = "here";
  };

  const pixel = () => view.width / Math.max(stage.clientWidth, 1);
  const label = (count) => count >= 1000 ? `${Math.round(count / 100) / 10}k` : String(count);
  const drawPins = () => {
    if (!index) return;
    const had = document.activeElement?.closest?.("[data-atlas] a")?.dataset.place;
    const unit = pixel();
    const zoom = Math.max(0, Math.min(16, Math.floor(Math.log2(WORLD / unit / 512))));
    const [west, north] = unproject(view.x, view.y);
    const [east, south] = unproject(view.x + view.width, view.y + view.height);
    const found = index.getClusters([Math.max(-180, west), south, Math.min(180, east), north], zoom);
    pins.replaceChildren();
    found.sort((one, other) => other.properties.tier - one.properties.tier);
    for (const each of found) {
      const [x, y] = project(each.geometry.coordinates);
      const { properties } = each;
      const tier = tiers[properties.tier] ?? { colour: "grey", label: "no tier" };
      const link = make("a", { class: `is-${tier.colour}`, "data-place": `${x.toFixed(2)},${y.toFixed(2)}` }, pins);
      if (properties.cluster) {
        const size = (9 + 2.2 * Math.log2(properties.point_count)) * unit;
        link.classList.add("cluster");
        link.setAttribute("role", "button");
        link.setAttribute("tabindex", "0");
        link.setAttribute("aria-label", `${properties.point_count} here, the best ${tier.label}. Zoom in.`);
        make("circle", { class: "disc", cx: x, cy: y, r: size }, link);
        let begun = 0;
        // The rim shows how many of each tier, the best first from the top.
        properties.counts.forEach((count, place) => {
          if (!count) return;
          const share = count / properties.point_count * 100;
          make("circle", {
            class: `part is-${(tiers[place] ?? { colour: "grey" }).colour}`, cx: x, cy: y, r: size, pathLength: 100, "stroke-width": 3 * unit,
            "stroke-dasharray": `${Math.max(share - 1, 0.6)} 100`, "stroke-dashoffset": -begun, transform: `rotate(-90 ${x} ${y})`,
          }, link);
          begun += share;
        });
        make("text", { x, y, "font-size": 11 * unit }, link).textContent = label(properties.point_count);
        link.addEventListener("click", (event) => { event.preventDefault(); if (!drawing) open(each, x, y); });
        link.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); open(each, x, y); } });
      } else {
        link.setAttribute("href", `/leads/${properties.id}`);
        link.setAttribute("aria-label", `${properties.title}, score ${properties.score}, ${tier.label}`);
        make("circle", { cx: x, cy: y, r: 12 * unit, fill: "transparent" }, link);
        make("circle", { class: "pin", cx: x, cy: y, r: 5.2 * unit }, link);
        make("title", {}, link).textContent = `${properties.title} · ${properties.score}`;
      }
    }
    if (had) pins.querySelector(`[data-place="${CSS.escape(had)}"]`)?.focus();
  };
  const drawNames = () => {
    const unit = pixel();
    names.replaceChildren();
    for (const each of states) {
      const inside = each.x > view.x && each.x < view.x + view.width && each.y > view.y && each.y < view.y + view.height;
      if (inside && each.width / unit > 7 * each.name.length) make("text", { class: "label", x: each.x, y: each.y, "font-size": 11 * unit }, names).textContent = each.name;
    }
  };
  const drawArea = () => {
    const places = corners.map((corner) => project(corner));
    area.setAttribute("d", places.length ? `M${places.map((place) => place.join(",")).join("L")}${closed ? "Z" : ""}` : "");
  };
  let waiting = 0;
  const show = () => {
    const ratio = stage.clientHeight / Math.max(stage.clientWidth, 1);
    view.height = view.width * ratio;
    svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.height}`);
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => { drawPins(); drawNames(); });
    if (view.width < WORLD * 5 / 360) drawCounties();
  };
  const zoom = (by, x = view.x + view.width / 2, y = view.y + view.height / 2) => {
    const width = Math.min(Math.max(view.width * by, WORLD / 40_000), WORLD);
    const share = width / view.width;
    view = { x: x - (x - view.x) * share, y: y - (y - view.y) * share, width, height: view.height * share };
    show();
  };
  const fit = (places) => {
    if (!places.length) { view = { x: 150, y: 330, width: 170, height: 110 }; home = { ...view }; return show(); }
    // Of all but the outermost hundredth, so that one wrong place does not shrink the rest.
    const span = (values) => {
      const ordered = [...values].sort((one, other) => one - other);
      const cut = Math.floor(ordered.length / 100);
      return [ordered[cut], ordered[ordered.length - 1 - cut]];
    };
    const at = places.map((each) => project(each));
    const [west, east] = span(at.map(([x]) => x));
    const [north, south] = span(at.map(([, y]) => y));
    const ratio = stage.clientHeight / Math.max(stage.clientWidth, 1);
    const width = Math.max(east - west, (south - north) / ratio, 0.05) * 1.22;
    view = { x: (west + east) / 2 - width / 2, y: (north + south) / 2 - width * ratio / 2, width, height: width * ratio };
    home = { ...view };
    show();
  };
  const open = (cluster, x, y) => {
    const target = Math.min(index.getClusterExpansionZoom(cluster.id), 17);
    const width = stage.clientWidth * WORLD / (512 * 2 ** target) * 0.98;
    zoom(Math.min(width / view.width, 0.7), x, y);
  };

  const inside = ([x, y], ring) => {
    let odd = false;
    for (let at = 0, before = ring.length - 1; at < ring.length; before = at, at += 1) {
      const [ax, ay] = ring[at];
      const [bx, by] = ring[before];
      if ((ay > y) !== (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax) odd = !odd;
    }
    return odd;
  };
  // A form around the map is told, as if somebody had typed.
  const keepShape = (text) => {
    const shape = find("shape");
    if (!shape) return;
    shape.value = text;
    shape.dispatchEvent(new Event("input", { bubbles: true }));
  };
  // An area that stands already is shown; of several, the first can be seen, and all of them hold.
  const showKept = () => {
    const kept = find("shape")?.value;
    if (!kept) return;
    const shape = JSON.parse(kept);
    corners = (shape.type === "MultiPolygon" ? shape.coordinates[0][0] : shape.coordinates[0]).slice(0, -1);
    closed = true;
    drawArea();
    fit(corners);
  };
  const draw = (on) => {
    drawing = on;
    stage.classList.toggle("drawing", on);
    find("draw").setAttribute("aria-pressed", String(on));
    find("hint").hidden = !on;
    if (on) { corners = []; closed = false; find("area").hidden = true; svg.focus(); }
    drawArea();
  };
  const finish = () => {
    if (corners.length < 3) return;
    closed = true;
    const count = points.filter(([longitude, latitude]) => inside([longitude, latitude], corners)).length;
    const rounded = corners.map(([longitude, latitude]) => [Number(longitude.toFixed(5)), Number(latitude.toFixed(5))]);
    keepShape(JSON.stringify({ type: "Polygon", coordinates: [[...rounded, rounded[0]]] }));
    find("inside").textContent = !points.length ? "The area is drawn." : `${count.toLocaleString("en")} of the ${points.length.toLocaleString("en")} shown lie in this area.`;
    find("area").hidden = false;
    draw(false);
  };
  const at = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  find("draw").addEventListener("click", () => draw(!drawing));
  find("clear").addEventListener("click", () => { corners = []; closed = false; find("area").hidden = true; keepShape(""); drawArea(); });
  svg.addEventListener("click", (event) => {
    if (dragged) { event.preventDefault(); event.stopPropagation(); return; }
    if (!drawing) return;
    event.preventDefault();
    event.stopPropagation();
    const spot = at(event);
    if (event.detail < 2) corners.push(unproject(spot.x, spot.y));
    drawArea();
  }, true);
  svg.addEventListener("dblclick", (event) => { event.preventDefault(); drawing ? finish() : zoom(0.5, at(event).x, at(event).y); });
  svg.addEventListener("keydown", (event) => {
    const step = view.width / 8;
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    if (moves[event.key]) { view.x += moves[event.key][0]; view.y += moves[event.key][1]; show(); }
    else if (event.key === "+" || event.key === "=") zoom(0.6);
    else if (event.key === "-") zoom(1 / 0.6);
    else if (drawing && event.key === " ") { corners.push(unproject(view.x + view.width / 2, view.y + view.height / 2)); drawArea(); }
    else if (drawing && event.key === "Enter") finish();
    else if (drawing && event.key === "Escape") { corners = []; draw(false); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  card.addEventListener("click", (event) => {
    const button = event.target.closest("[data-atlas-zoom]");
    if (!button) return;
    if (button.dataset.atlasZoom === "fit") { view = { ...home }; show(); } else zoom(button.dataset.atlasZoom === "in" ? 0.6 : 1 / 0.6);
  });
  // The wheel scrolls the page until somebody took hold of the map.
  let held = false;
  let dragged = false;
  const fingers = new Map();
  svg.addEventListener("wheel", (event) => {
    if (!held && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const spot = at(event);
    zoom(event.deltaY < 0 ? 0.8 : 1.25, spot.x, spot.y);
  }, { passive: false });
  stage.addEventListener("pointerleave", () => { held = false; });
  svg.addEventListener("pointerdown", (event) => { held = true; dragged = false; fingers.set(event.pointerId, [event.clientX, event.clientY]); });
  const let_go = (event) => { fingers.delete(event.pointerId); svg.classList.remove("moved"); };
  window.addEventListener("pointerup", let_go);
  window.addEventListener("pointercancel", let_go);
  svg.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.clientX - before[0], event.clientY - before[1]];
    if (!dragged && Math.hypot(dx, dy) < 4) return;
    dragged = true;
    const others = [...fingers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    if (others.length) {
      const apart = ([x, y]) => Math.hypot(x - others[0][0], y - others[0][1]);
      const spot = at(event);
      zoom(apart(before) / Math.max(apart([event.clientX, event.clientY]), 1), spot.x, spot.y);
    } else {
      view.x -= dx * pixel();
      view.y -= dy * pixel();
      svg.classList.add("moved");
      show();
    }
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  new ResizeObserver(show).observe(stage);

  const load = async (first) => {
    const tier = find("tier").value;
    const answer = await fetch(`${card.dataset.points}?tier=${encodeURIComponent(tier)}`, { headers: { accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    points = found.points;
    const last = tiers.length;
    index = new Supercluster({
      radius: 46, maxZoom: 16,
      map: ({ tier }) => ({ tier, counts: Array.from({ length: last + 1 }, (_, place) => Number(place === tier)) }),
      reduce: (whole, part) => {
        whole.tier = Math.min(whole.tier, part.tier);
        whole.counts = whole.counts.map((count, place) => count + part.counts[place]);
      },
    });
    index.load(points.map(([longitude, latitude, place, score, id, title]) => ({
      type: "Feature",
      geometry: { type: "Point", coordinates: [longitude, latitude] },
      properties: { tier: place < 0 ? last : place, score, id, title },
    })));
    find("count").textContent = points.length ? `${found.more ? "the best " : ""}${points.length.toLocaleString("en")} with a known place` : "none has a known place";
    if (first) fit(points); else show();
  };
  find("tier").addEventListener("change", () => load(false));
  Promise.all([drawBase(), load(true)]).then(() => { find("wait").remove(); stage.prepend(svg); fit(points); showKept(); }).catch(() => {
    find("wait").textContent = "The map could not be fetched. Open the page again.";
  });
})();

// What the pages do beyond being read: keys, rows that open, menus that close, and
// the hand-over to the sign-in when a session has ended. Pages work without it.
"use strict";
(() => {
  document.documentElement.classList.add("script");
  const $ = (selector) => document.querySelector(selector);
  const wide = matchMedia("(min-width: 1101px)");

  // The menu is open on wide screens and closed on narrow ones.
  const fitMenu = () => { const menu = $(".menu"); if (menu) menu.open = wide.matches; };
  fitMenu();
  wide.addEventListener("change", fitMenu);
  $(".menu-pages [aria-current]")?.scrollIntoView({ block: "nearest" });

  // Who makes the operator of a new server mostly means the time zone of this browser.
  const zone = $("#in-zone");
  if (zone && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;

  // What may be typed is offered below an input: time zones by the names that this browser
  // knows, and customers by their own list.
  const offers = (input) => {
    const list = document.createElement("datalist");
    list.id = input.id + "-offers";
    input.after(list);
    input.setAttribute("list", list.id);
    return (names) => list.replaceChildren(...names.map((name) => new Option(name)));
  };
  for (const input of document.querySelectorAll("[data-zones]")) offers(input)(Intl.supportedValuesOf("timeZone"));
  for (const input of document.querySelectorAll("[data-customers]")) {
    const offer = offers(input);
    let due = 0, asked;
    const look = async () => {
      asked?.abort();
      asked = new AbortController();
      try {
        const answer = await fetch("/console/customers?size=25&q=" + encodeURIComponent(input.value), { signal: asked.signal });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        offer([...page.querySelectorAll("#list tbody td:first-child a")].map((link) => link.textContent));
      } catch { /* it was asked anew, or the server is away: what was offered stays */ }
    };
    input.addEventListener("input", () => { clearTimeout(due); due = setTimeout(look, 180); });
  }

  // On a narrow screen the tabs of where one is may stand beyond its edge.
  for (const tab of document.querySelectorAll(".tabs a[aria-current]")) {
    const row = tab.closest("ul");
    row.scrollLeft = tab.offsetLeft + tab.offsetWidth - row.offsetLeft - row.offsetWidth;
  }

  // A row opens its record, but a link or a button in it does its own.
  document.addEventListener("click", (event) => {
    for (const pop of document.querySelectorAll("details.pop[open]")) if (!pop.contains(event.target)) pop.open = false;
    const row = event.target.closest("tr[data-link]");
    if (!row || event.target.closest("a, button, input, form") || getSelection().toString()) return;
    if (event.metaKey || event.ctrlKey) open(row.dataset.link, "_blank", "noopener"); else location.href = row.dataset.link;
  });

  const typing = (element) => element && (element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName));
  const rows = () => [...document.querySelectorAll("main tbody tr")];
  const move = (step) => {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.classList.contains("at"));
    const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
    for (const row of all) row.classList.toggle("at", row === next);
    next.scrollIntoView({ block: "nearest" });
    const link = next.querySelector("a");
    if (link) link.focus({ preventScroll: true });
  };
  const press = (selector) => { const element = $(selector); if (element) element.click(); return Boolean(element); };
  let going = 0;

  document.addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    if (event.key === "Escape") {
      const pop = $("details.pop[open]");
      if (pop) { pop.open = false; pop.querySelector("summary").focus(); } else if (typing(document.activeElement)) { document.activeElement.blur(); event.preventDefault(); } // and keep what was searched
      return;
    }
    if (typing(event.target) || $("dialog[open]")) return;
    if (Date.now() - going < 1500) {
      going = 0;
      if (press(`[data-go="${CSS.escape(event.key)}"]`)) event.preventDefault();
      return;
    }
    const keys = {
      "/": () => { const search = $("main .search"); if (search) { search.focus(); search.select(); } },
      "j": () => move(1), "k": () => move(-1),
      "]": () => press('a[rel="next"]'), "[": () => press('a[rel="prev"]'),
      "n": () => press("[data-new]"),
      "g": () => { going = Date.now(); },
      "?": () => $("#keys").showModal(),
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });

  // A session that has ended shows on whatever comes back instead of a part of a page.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const path = new URL(event.detail.xhr.responseURL || location.href).pathname;
    if (path === "/console/sign-in" || path === "/console/confirm") {
      event.detail.shouldSwap = false;
      location.href = event.detail.xhr.responseURL;
    }
  });
  // A part of a page that failed is asked for again as a page, which says why. A whole one
  // says so itself.
  const whole = (detail) => detail.target.id === "main";
  document.addEventListener("htmx:beforeSwap", ({ detail }) => { if (whole(detail) && detail.xhr.status >= 400) detail.shouldSwap = true; });
  document.addEventListener("htmx:responseError", ({ detail }) => { if (!whole(detail)) location.reload(); });

  // A file that is sent shows how much of it has gone, and then that it is being read.
  const showSending = (form, sending) => {
    const shown = form.querySelector(".sending");
    if (shown) [shown.hidden, shown.nextElementSibling.hidden] = [!sending, sending];
  };
  document.addEventListener("htmx:beforeRequest", ({ target }) => showSending(target, true));
  document.addEventListener("htmx:sendError", ({ target }) => showSending(target, false));
  document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
    const bar = target.querySelector(".sending progress");
    if (!bar || !detail.lengthComputable) return;
    const sent = detail.loaded === detail.total, [going, gone] = bar.parentElement.querySelectorAll("span");
    if (sent) bar.removeAttribute("value"); else bar.value = detail.loaded / detail.total;
    [going.hidden, gone.hidden] = [sent, !sent];
  });

  // What a part of the page has become is told to those who cannot see it change. The
  // region that tells it stays in its place: one that came with the part would be silent.
  const say = (text) => {
    const said = $("#said"), plain = (text || "").replace(/\s+/g, " ").trim();
    if (said && plain && said.textContent !== plain) said.textContent = plain;
  };
  document.addEventListener("htmx:afterSettle", (event) => say(document.getElementById(event.detail.target.id)?.querySelector("[data-say], .notice")?.textContent));
  document.addEventListener("htmx:oobAfterSwap", () => say($("#notice")?.textContent));

  // The focus stays where it was in a table, or in a row that was changed.
  let focused = "";
  document.addEventListener("htmx:beforeSwap", () => {
    const active = document.activeElement, heading = active?.closest("#list th"), row = active?.closest(".record-row");
    if (heading) focused = `#list th:nth-child(${heading.cellIndex + 1}) a`;
    else if (active?.closest("#list")) focused = `#list a[href="${CSS.escape(active.getAttribute("href") || "")}"]`;
    else focused = row?.id ? `#${CSS.escape(row.id)} .edit` : "";
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (focused && document.activeElement === document.body) $(focused)?.focus({ preventScroll: true });
  });

  // What comes while the page is open: rows of the table itself, or word that the table
  // is worth another look. The stream is closed while a page waits in the browser's
  // history, and opened with it again.
  const feeder = $("[data-live], [data-renew]");
  if (feeder && window.EventSource) {
    let told = 0;
    const add = (event) => {
      if (location.search) return; // what is searched for is decided by the server
      const body = $("#list tbody");
      if (!body) { location.reload(); return; }
      const holder = document.createElement("template");
      holder.innerHTML = `<table><tbody>${event.data}</tbody></table>`;
      const row = holder.content.querySelector("tr");
      row.classList.add("fresh");
      body.prepend(row);
      if (Date.now() - told > 5000) { // a busy feed would never stop talking
        told = Date.now();
        say([...row.cells].map((cell) => cell.textContent).join(" "));
      }
      while (body.rows.length > 50) body.lastElementChild.remove();
    };
    let due = 0, looked = 0;
    const look = () => {
      due = 0;
      looked = Date.now();
      const busy = document.hidden || document.activeElement?.closest("main form");
      if (!busy) htmx.ajax("GET", location.href, { target: "#list", select: "#list", swap: "outerHTML" });
    };
    const renew = () => { due ||= setTimeout(look, Math.max(500, looked + 3000 - Date.now())); }; // soon, but not again and again
    let feed;
    const start = () => {
      feed = new EventSource(feeder.dataset.live || feeder.dataset.renew);
      feed.onopen = () => { feeder.hidden = false; };
      feed.onerror = () => { feeder.hidden = true; };
      if (feeder.dataset.live) feed.addEventListener("row", add);
      else for (const name of ["row", "beat"]) feed.addEventListener(name, renew);
    };
    start();
    addEventListener("pagehide", () => feed.close());
    addEventListener("pageshow", (event) => { if (event.persisted) start(); });
  }
})();

// Draws the charts of a page with uPlot, in the colours of the theme.
"use strict";
(() => {
  const colour = (name) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const found = getComputedStyle(probe).color;
    probe.remove();
    return found;
  };
  // Steps of an axis that counts: there is no half call.
  const whole = [...Array(12).keys()].flatMap((n) => [1, 2, 5].map((step) => step * 10 ** n));
  const draw = (box) => {
    const data = JSON.parse(box.dataset.chart);
    const marks = JSON.parse(box.dataset.marks || "[]");
    const scale = data.money ? 1e6 : 1;
    const format = data.money
      ? new Intl.NumberFormat(data.locale, { style: "currency", currency: data.money })
      : new Intl.NumberFormat(data.locale);
    const grid = { stroke: colour("--line"), width: 1 };
    const axis = { stroke: colour("--text-soft"), grid, ticks: grid, font: "11px system-ui, sans-serif" };
    // Times as the page's language writes them; a day where another begins.
    const clock = new Intl.DateTimeFormat(data.locale, { timeZone: data.zone, hour: "numeric", minute: "2-digit" });
    const day = new Intl.DateTimeFormat(data.locale, { timeZone: data.zone, day: "numeric", month: "short" });
    const times = (_, ticks, axis, space, step) => {
      let before = "";
      return ticks.map((t) => {
        const at = new Date(t * 1e3), today = day.format(at), other = today !== before;
        before = today;
        return step >= 86400 ? today : clock.format(at) + (other ? "\n" + today : "");
      });
    };
    // The time under the pointer, in the user's zone and in UTC; of a day only the day.
    const days = data.x.length > 1 && data.x[1] - data.x[0] >= 23 * 3600;
    const utc = new Intl.DateTimeFormat(data.locale, { timeZone: "UTC", hour: "numeric", minute: "2-digit", timeZoneName: "short" });
    const shown = (x) => {
      const at = new Date(x * 1e3);
      return days ? day.format(at) : `${day.format(at)}, ${clock.format(at)}` + (data.zone === "UTC" ? " UTC" : ` (${utc.format(at)})`);
    };
    const size = () => ({ width: Math.max(box.clientWidth, 200), height: 180 });
    box.replaceChildren();
    const plot = new uPlot({
      ...size(),
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), data.zone),
      cursor: { y: false, points: { size: 6 } },
      legend: { show: false },
      scales: { y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.08 : 1] } },
      axes: [{ ...axis, values: times, space: 64 }, { ...axis, size: data.money ? 76 : 48, ...(data.money ? {} : { incrs: whole }), values: (_, ticks) => ticks.map((t) => format.format(t)) }],
      series: [{}, ...data.names.map((name, i) => ({
        label: name, stroke: colour(`--chart-${i % 6 + 1}`), width: 1.6, points: { show: false },
        fill: i ? undefined : colour("--chart-1").replace("rgb(", "rgba(").replace(")", ", 0.1)"),
      }))],
      hooks: {
        draw: [(u) => { // a line from top to bottom for each mark, with a head to be seen by
          for (const mark of marks) {
            const x = Math.round(u.valToPos(mark.x, "x", true)), { left, top, width, height } = u.bbox, s = devicePixelRatio;
            if (x < left || x > left + width) continue;
            u.ctx.save();
            u.ctx.strokeStyle = u.ctx.fillStyle = colour(`--${mark.tone}`);
            u.ctx.lineWidth = s;
            u.ctx.setLineDash([3 * s, 3 * s]);
            u.ctx.beginPath(); u.ctx.moveTo(x, top); u.ctx.lineTo(x, top + height); u.ctx.stroke();
            u.ctx.beginPath(); u.ctx.moveTo(x - 4 * s, top); u.ctx.lineTo(x + 4 * s, top); u.ctx.lineTo(x, top + 7 * s); u.ctx.fill();
            u.ctx.restore();
          }
        }],
        setCursor: [(u) => {
          box.parentElement.querySelector(".chart-at").textContent = u.cursor.idx == null ? "" : shown(data.x[u.cursor.idx]);
          const items = box.parentElement.querySelectorAll(".legend strong");
          const at = u.cursor.idx;
          items.forEach((item, i) => {
            item.dataset.total ??= item.textContent;
            item.textContent = at == null ? item.dataset.total : format.format(data.y[i][at] / scale);
          });
        }],
      },
    }, [data.x, ...data.y.map((line) => line.map((y) => y / scale))], box);
    return () => plot.setSize(size());
  };
  let boxes, resize;
  const drawAll = () => { boxes = [...document.querySelectorAll("[data-chart]")]; resize = boxes.map(draw); };
  drawAll();
  addEventListener("resize", () => { for (const fit of resize) fit(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  document.addEventListener("htmx:oobAfterSwap", drawAll); // others have come in their place
})();

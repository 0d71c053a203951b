// Sortable, filterable, paged tables. Each .bt-box holds its data as JSON; nothing here reaches a network.
"use strict";
(() => {
  const MARKS = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
  const escape = (value) => String(value).replace(/[&<>"']/g, (mark) => MARKS[mark]);
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const isNumber = (value) => typeof value === "number";

  // Empty cells come last in both directions; text among numbers stands between the numbers and the empty cells.
  function compare(a, b, kind, sign) {
    if (a === null || b === null) return (a === null) - (b === null);
    if (kind === "number" || kind === "flag") {
      const left = Number(a), right = Number(b);
      if (Number.isNaN(left) || Number.isNaN(right)) return Number.isNaN(left) - Number.isNaN(right) || collator.compare(a, b);
      return sign * (left - right);
    }
    return sign * (collator.compare(a, b) || (a < b ? -1 : Number(a > b)));
  }

  function shown(value, column) {
    if (isNumber(value)) return column.decimals === null ? String(value) : value.toFixed(column.decimals).replace("-", "−");
    if (typeof value === "boolean") return value ? "yes" : "no";
    return String(value);
  }

  function cell(row, tones, column, at) {
    const value = row[at];
    const tone = tones && tones[column.name] ? ` tone-${tones[column.name]}` : "";
    const open = `<td class="${column.kind}${column.mono ? " mono" : ""}${column.pinned ? " pin" : ""}${tone}">`;
    if (value === null) return `${open}<span class="none" title="no value">–</span></td>`;
    if (column.kind === "drawing") return `${open}${value}</td>`;
    if (column.kind === "flag") {
      const state = column.good === null ? "" : value === (column.good === "yes") ? "tone-good" : "tone-bad";
      return `${open}<span class="${state}"><span aria-hidden="true">${value ? "✓" : "✕"}</span><span class="sr">${value ? "yes" : "no"}</span></span></td>`;
    }
    let text = escape(shown(value, column));
    if (column.link !== null && row[column.link] !== null) text = `<a href="#${escape(encodeURIComponent(row[column.link]))}">${text}</a>`;
    if (column.bar && isNumber(value)) {
      const part = Math.max(0, Math.min(1, (value - column.bar[0]) / (column.bar[1] - column.bar[0])));
      text += `<span class="bt-bar" aria-hidden="true"><i style="width:${(100 * part).toFixed(1)}%"></i></span>`;
    }
    return `${open}${text}</td>`;
  }

  // A leading = + - @ makes a spreadsheet run a text cell as a formula.
  function csvField(value, kind) {
    if (value === null) return "";
    let text = typeof value === "boolean" ? (value ? "true" : "false") : String(value);
    if (kind !== "number" && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  }

  function element(tag, attributes, parent, text) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    if (parent) parent.append(node);
    return node;
  }

  function start(box) {
    const data = JSON.parse(box.querySelector("script[type='application/json']").textContent);
    const columns = data.columns;
    const state = { sort: data.sort, page: 0, size: data.size, search: "", filters: {}, printing: false };
    let rows = [];
    const haystacks = data.rows.map((row) =>
      columns.map((column, at) => (column.kind === "drawing" || row[at] === null ? "" : shown(row[at], column))).join("\n").toLowerCase());
    box.querySelector("noscript")?.remove();

    const tools = element("div", { class: "bt-tools" }, box);
    const search = element("input", { type: "search", placeholder: "Search all columns", "aria-label": "Search all columns" }, tools);
    const toggle = element("button", { type: "button", "aria-pressed": String(data.filters) }, tools, "Filters");
    const menu = element("details", { class: "bt-menu" }, tools);
    element("summary", {}, menu, "Columns");
    const choices = element("div", { role: "group", "aria-label": "Columns shown" }, menu);
    const save = element("button", { type: "button" }, tools, "Save CSV");
    const clear = element("button", { type: "button" }, tools, "Reset");
    const count = element("span", { class: "bt-count", role: "status", "aria-live": "polite" }, tools);
    const region = element("div", { class: "bt-scroll", tabindex: "0", role: "region", "aria-label": data.caption || data.id }, box);
    const table = element("table", { class: "bt" }, region);
    if (data.caption) element("caption", {}, table, data.caption);
    const head = element("thead", {}, table);
    const body = element("tbody", {}, table);
    const pager = element("nav", { class: "bt-pager", "aria-label": `Pages of ${data.caption || data.id}` }, box);
    const previous = element("button", { type: "button" }, pager, "Previous");
    const where = element("span", {}, pager);
    const next = element("button", { type: "button" }, pager, "Next");
    const sizeLabel = element("label", {}, pager, "Rows ");
    const size = element("select", {}, sizeLabel);
    for (const choice of [...new Set([10, 25, 50, 100, data.size])].sort((a, b) => a - b).concat(0))
      element("option", choice === state.size ? { value: choice, selected: "" } : { value: choice }, size, choice || "all");

    columns.forEach((column) => {
      const label = element("label", {}, choices);
      const tick = element("input", { type: "checkbox" }, label);
      tick.checked = !column.hidden;
      label.append(column.label);
      tick.addEventListener("change", () => { column.hidden = !tick.checked; drawHead(); draw(); });
    });

    const active = (filter) => filter && Object.values(filter).some((value) => value !== "");
    function passes(value, filter, kind) {
      if (kind === "number") {
        if (!isNumber(value)) return false;
        return !(filter.min !== "" && value < Number(filter.min)) && !(filter.max !== "" && value > Number(filter.max));
      }
      if (kind === "flag") return value !== null && String(value) === filter.is;
      if (kind === "category") return (value === null ? "null" : `=${value}`) === filter.is;
      return value !== null && String(value).toLowerCase().includes(filter.has.toLowerCase());
    }

    function choose() {
      const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
      const tests = columns.map((column, at) => [at, state.filters[column.name], column.kind]).filter(([, filter]) => active(filter));
      rows = data.rows.map((_, index) => index).filter((index) =>
        words.every((word) => haystacks[index].includes(word)) &&
        tests.every(([at, filter, kind]) => passes(data.rows[index][at], filter, kind)));
      if (state.sort) {
        const at = columns.findIndex((column) => column.name === state.sort[0]);
        const sign = state.sort[1] === "descending" ? -1 : 1;
        rows.sort((a, b) => compare(data.rows[a][at], data.rows[b][at], columns[at].kind, sign) || a - b);
      }
      state.page = 0;
      draw();
    }

    function draw() {
      const per = state.printing || state.size === 0 ? Math.max(rows.length, 1) : state.size;
      const pages = Math.max(1, Math.ceil(rows.length / per));
      const page = state.printing ? 0 : Math.min(state.page, pages - 1);
      const visible = columns.map((column, at) => [column, at]).filter(([column]) => !column.hidden);
      const html = rows.slice(page * per, (page + 1) * per).map((index) =>
        `<tr>${visible.map(([column, at]) => cell(data.rows[index], data.tones[index], column, at)).join("")}</tr>`);
      body.innerHTML = html.join("") || `<tr class="bt-empty"><td colspan="${visible.length || 1}">No row matches.</td></tr>`;
      count.textContent = rows.length === data.rows.length ? `${rows.length} rows` : `${rows.length} of ${data.rows.length} rows`;
      where.textContent = rows.length ? `${page * per + 1} to ${Math.min((page + 1) * per, rows.length)} of ${rows.length}` : "0 rows";
      previous.disabled = page === 0;
      next.disabled = page >= pages - 1;
    }

    function filterField(parent, column, part, attributes) {
      const filter = state.filters[column.name] ??= column.kind === "number" ? { min: "", max: "" } : column.kind === "text" ? { has: "" } : { is: "" };
      const field = element(attributes.type ? "input" : "select", attributes, parent);
      const update = () => { filter[part] = field.value; choose(); };
      field.addEventListener(attributes.type ? "input" : "change", update);
      return [field, filter];
    }

    function addFilter(parent, column, at) {
      if (column.kind === "drawing") return;
      if (column.kind === "number") {
        for (const [part, word] of [["min", "at least"], ["max", "at most"]]) {
          const [field, filter] = filterField(parent, column, part, { type: "number", step: "any", placeholder: part, "aria-label": `${column.label} ${word}` });
          field.value = filter[part];
        }
      } else if (column.kind === "text") {
        const [field, filter] = filterField(parent, column, "has", { type: "search", placeholder: "contains", "aria-label": `${column.label} contains` });
        field.value = filter.has;
      } else {
        const [field, filter] = filterField(parent, column, "is", { "aria-label": `${column.label} is` });
        const values = column.kind === "flag" ? [["", "any"], ["true", "yes"], ["false", "no"]]
          : [["", "any"], ...[...new Set(data.rows.map((row) => row[at]))].sort((a, b) => compare(a, b, "text", 1)).map((value) => (value === null ? ["null", "no value"] : [`=${value}`, value]))];
        for (const [value, word] of values) element("option", { value }, field, word);
        field.value = filter.is;
      }
    }

    function drawHead() {
      head.replaceChildren();
      const names = element("tr", {}, head);
      const filters = element("tr", { class: "bt-filters" }, head);
      filters.hidden = toggle.getAttribute("aria-pressed") !== "true";
      columns.forEach((column, at) => {
        if (column.hidden) return;
        const order = state.sort && state.sort[0] === column.name ? state.sort[1] : "none";
        const th = element("th", { scope: "col", class: column.kind + (column.pinned ? " pin" : ""), "aria-sort": order, "data-name": column.name }, names);
        // Chromium leaves buttons out of a heading that is repeated on each printed page.
        const sortable = column.kind !== "drawing" && !state.printing;
        const button = element(sortable ? "button" : "span", sortable ? { type: "button", class: "bt-head" } : { class: "bt-head" }, th, column.label);
        if (column.note) button.title = column.note;
        if (column.unit) element("small", {}, button, column.unit);
        if (sortable) button.addEventListener("click", () => {
          const first = column.first;
          const second = first === "ascending" ? "descending" : "ascending";
          const now = state.sort && state.sort[0] === column.name ? state.sort[1] : null;
          state.sort = now === null ? [column.name, first] : now === first ? [column.name, second] : null;
          drawHead();
          choose();
          head.querySelector(`th[data-name="${CSS.escape(column.name)}"] button`).focus();
        });
        addFilter(element("td", {}, filters), column, at);
      });
    }

    search.addEventListener("input", () => { state.search = search.value; choose(); });
    toggle.addEventListener("click", () => {
      const open = toggle.getAttribute("aria-pressed") !== "true";
      toggle.setAttribute("aria-pressed", String(open));
      head.querySelector(".bt-filters").hidden = !open;
    });
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { menu.open = false; menu.firstChild.focus(); } });
    previous.addEventListener("click", () => { state.page -= 1; draw(); });
    next.addEventListener("click", () => { state.page += 1; draw(); });
    size.addEventListener("change", () => { state.size = Number(size.value); state.page = 0; draw(); });
    clear.addEventListener("click", () => {
      Object.assign(state, { search: "", filters: {}, sort: data.sort });
      search.value = "";
      drawHead();
      choose();
    });
    function csv() {
      const kept = columns.map((column, at) => [column, at]).filter(([column]) => column.kind !== "drawing");
      const lines = [kept.map(([column]) => csvField(column.name, "number"))];
      for (const index of rows) lines.push(kept.map(([column, at]) => csvField(data.rows[index][at], column.kind)));
      return lines.map((line) => line.join(",") + "\r\n").join("");
    }
    save.addEventListener("click", () => {
      const url = URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" }));
      element("a", { href: url, download: data.file }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    });
    const print = (on) => () => { state.printing = on; drawHead(); draw(); };
    window.addEventListener("beforeprint", print(true));
    window.addEventListener("afterprint", print(false));

    box.benchside = { csv };
    drawHead();
    choose();
  }

  for (const box of document.querySelectorAll(".bt-box")) start(box);
})();

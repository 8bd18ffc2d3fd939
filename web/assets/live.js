// The enhancement: saves what is typed while it is typed, shows what happens by itself, and warns
// before a time-out. Without it every page works as it stands; with it nothing new can be done.
// It knows no rules: it posts what a form would post and puts the HTML that comes back in place.

const body = document.body;
const form = document.getElementById("screen-form");
const live = document.getElementById("live");
const offline = document.getElementById("offline");
const secure = location.protocol === "https:" ? "; Secure" : "";
document.cookie = `js=1; Path=/; SameSite=Lax; Max-Age=31536000${secure}`;

// Saving ------------------------------------------------------------------------------------

const PAUSE_MS = 400;
const waiting = new Map(); // block key → timer; what has been typed and not been sent
const queued = new Map(); // block key → how many saves of it have not read the page yet
let queue = Promise.resolve(); // one request after the other: an older text never overtakes a newer

const blockOf = (element) => element.closest(".blocks [data-key]");
const sleep = (ms) => new Promise((wake) => {
  const timer = setTimeout(wake, ms);
  addEventListener("online", () => { clearTimeout(timer); wake(); }, { once: true });
});

// Tries until there is an answer: what was typed stays on the page meanwhile.
async function insist(url, make) {
  for (let pause = 1000; ; pause = Math.min(pause * 2, 20000)) {
    try {
      const answer = await fetch(url, make());
      offline.hidden = true;
      return answer;
    } catch {
      offline.hidden = false;
      await sleep(pause);
    }
  }
}

function fieldsOf(block) {
  const data = new FormData();
  data.set("t", body.dataset.token);
  data.set("at", body.dataset.at);
  for (const input of block.querySelectorAll("input[name]")) {
    if (input.type === "file") for (const file of input.files) data.append(input.name, file);
    else if (!["radio", "checkbox"].includes(input.type) || input.checked) data.append(input.name, input.value);
  }
  return data;
}

function save(key, left) {
  clearTimeout(waiting.get(key));
  waiting.delete(key);
  queued.set(key, (queued.get(key) ?? 0) + 1);
  queue = queue.then(async () => {
    const more = queued.get(key) - 1;
    if (more > 0) queued.set(key, more); else queued.delete(key);
    const block = document.querySelector(`.blocks [data-key="${CSS.escape(key)}"]`);
    if (!block || !form) return;
    block.setAttribute("aria-busy", "true");
    const answer = await insist("/edit", () => ({ method: "POST", body: fieldsOf(block) }));
    block.removeAttribute("aria-busy");
    if (answer.ok) {
      const change = await answer.json();
      for (const input of block.querySelectorAll("input[type=file]")) if (!queued.has(key)) input.value = "";
      apply(change);
      if (left && !change.announce) say(change.saved);
    } else if (answer.status === 410 || answer.status === 409) {
      // The page is of the past: a post says so, and shows what was typed.
      post(null);
    }
  });
}

function typed(event) {
  const block = event.target.name?.startsWith("f.") && blockOf(event.target);
  if (!block || event.isComposing) return;
  const key = block.dataset.key;
  clearTimeout(waiting.get(key));
  if (event.type === "change") save(key, true);
  else waiting.set(key, setTimeout(() => save(key, false), PAUSE_MS));
}

if (form) {
  for (const kind of ["input", "change", "compositionend"]) form.addEventListener(kind, typed);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    // The post itself carries every field: what waits to be sent goes with it.
    for (const timer of waiting.values()) clearTimeout(timer);
    waiting.clear();
    queue = queue.then(() => act(event.submitter));
  });
}

async function act(button) {
  const answer = await insist(form.action, () => {
    const data = new FormData(form);
    if (button?.name) data.append(button.name, button.value);
    return { method: "POST", body: data, headers: { Accept: "application/json" } };
  });
  const kind = answer.headers.get("Content-Type") ?? "";
  if (answer.ok && kind.startsWith("application/json")) location.assign((await answer.json()).to);
  else post(button);
}

// As a browser without this script would. The same post twice is one.
function post(button) {
  const deed = Object.assign(document.createElement("input"), {
    type: "hidden", name: "do", value: button?.value ?? "stay",
  });
  form.append(deed);
  form.submit();
}

// Showing -----------------------------------------------------------------------------------

const say = (html) => { if (html && live.innerHTML !== html) live.innerHTML = html; };

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

function apply(change) {
  if (change.to) {
    location.assign(change.to);
    return;
  }
  forget();
  if (change.at && change.at !== body.dataset.at) {
    body.dataset.at = change.at;
    for (const input of document.querySelectorAll("input[name=at]")) input.value = change.at;
    history.replaceState(null, "", `${location.pathname}?at=${change.at}`);
    listen();
  }
  const screen = document.getElementById("screen");
  if (change.main && screen) morph(screen, parse(change.main));
  for (const { key, html } of change.blocks ?? []) {
    const old = document.querySelector(`.blocks [data-key="${CSS.escape(key)}"]`);
    if (old) morph(old, parse(html));
  }
  const actions = document.querySelector("#screen > .actions");
  if (change.actions && actions) morph(actions, parse(change.actions));
  if (change.focus) focus(change.focus);
  say(change.announce);
}

// From now on the page is not what it was when it was loaded.
const forget = () => { delete form?.dataset.seen; };

function focus(key) {
  const target = key === "title"
    ? document.getElementById("title")
    : document.getElementById(`f-${key}`) ?? document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target || target.contains(document.activeElement)) return;
  if (!target.matches("input, button, a")) target.tabIndex = -1;
  target.focus();
}

const identity = (node) => node.nodeType === 1
  ? `${node.tagName} ${node.dataset.key ?? node.id ?? ""} ${node.getAttribute("name") ?? ""}` : node.nodeName;

// Makes `old` look like `fresh` and keeps the very elements, so that nobody loses the focus, a
// composition or what was typed since.
function morph(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (identity(old) !== identity(fresh)) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== 1) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && name !== "autofocus") old.setAttribute(name, value);
  }
  if (old instanceof HTMLInputElement) take(old, fresh);
  const rest = [...old.childNodes];
  for (const child of [...fresh.childNodes]) {
    const at = rest.findIndex((known) => identity(known) === identity(child));
    if (at < 0) {
      old.insertBefore(child, rest[0] ?? null);
    } else {
      for (const gone of rest.splice(0, at)) gone.remove();
      morph(rest.shift(), child);
    }
  }
  for (const gone of rest) gone.remove();
}

// The person owns the text of the field that has the focus, and of one that is not sent yet: an
// answer to an older choice must not choose it again.
function take(input, fresh) {
  const key = blockOf(input)?.dataset.key;
  const own = input === document.activeElement || waiting.has(key) || queued.has(key);
  if (input.type === "hidden") input.value = fresh.getAttribute("value") ?? "";
  else if (own || input.type === "file") return;
  else if (["radio", "checkbox"].includes(input.type)) input.checked = fresh.hasAttribute("checked");
  else input.value = fresh.getAttribute("value") ?? "";
}

// Hearing -----------------------------------------------------------------------------------

let source = null;

function listen() {
  source?.close();
  const screen = document.getElementById("screen");
  if (!screen || !body.dataset.at) return;
  source = new EventSource(`/live?at=${body.dataset.at}`);
  source.addEventListener("change", (event) => {
    const change = JSON.parse(event.data);
    queue = queue.then(() => apply(change));
  });
  let opened = false;
  source.addEventListener("open", () => {
    // Something may have happened while nobody listened, also between this page and its line: then
    // what the page says of the deed that led to it stays.
    const parts = opened ? ["#screen"] : [".blocks", "#screen > .actions"];
    queue = queue.then(() => again(parts));
    opened = true;
  });
}

// Nothing comes where the page shows it already: most often, and then it costs the person no data.
async function again(parts) {
  const seen = form?.dataset.seen;
  const headers = seen ? { "If-None-Match": `"${seen}"` } : {};
  const answer = await fetch(location.href, { headers }).catch(() => null);
  if (!answer?.ok) return;
  forget();
  if (answer.redirected) {
    location.assign(answer.url);
    return;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of parts) {
    const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
    if (old && fresh) morph(old, fresh);
  }
}

listen();
// Browsers disagree on which elements a page may give the focus to by itself.
document.querySelector("[autofocus]")?.focus();

// Time-out ----------------------------------------------------------------------------------

const idle = Number(body.dataset.idle);
const dialog = document.getElementById("idle");
if (idle && dialog) {
  let last = Date.now(); // the person's last sign
  let told = Date.now(); // when the server last heard of one
  const warn = Math.max(idle / 3, Math.min(120000, idle / 2));
  const stay = () => {
    told = last = Date.now();
    if (dialog.open) dialog.close();
    fetch("/stay", { method: "POST", body: new URLSearchParams({ t: body.dataset.token }) }).catch(() => {});
  };
  for (const kind of ["keydown", "pointerdown", "input"]) {
    addEventListener(kind, () => { if (!dialog.open) last = Date.now(); }, { passive: true });
  }
  document.getElementById("idle-stay").addEventListener("click", stay);
  dialog.addEventListener("cancel", stay);
  setInterval(() => {
    const silent = Date.now() - last;
    if (silent > idle + 1000) location.assign("/");
    else if (silent > idle - warn && !dialog.open) dialog.showModal();
    else if (last > told && Date.now() - told > idle / 4) stay();
  }, 1000);
}

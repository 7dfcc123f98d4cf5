"use strict";
(() => {
  const body = document.body;
  const root = body.dataset.root;
  const words = body.dataset;
  const byId = (id) => document.getElementById(id);

  // The server says something every five seconds, if only that it lives.
  const SILENCE_MS = 12000;
  const RETRY_MS = 3000;
  const PICTURE_MS = 2000;

  const said = byId("said");
  let saidTimer = 0;
  const say = (text) => {
    said.replaceChildren();
    const line = document.createElement("p");
    line.textContent = text;
    said.append(line);
    clearTimeout(saidTimer);
    saidTimer = setTimeout(() => said.replaceChildren(), 12000);
  };

  const lost = byId("lost");
  let heardAt = Date.now();
  let isLost = false;
  const hear = () => {
    heardAt = Date.now();
    if (isLost) {
      isLost = false;
      lost.hidden = true;
      body.classList.remove("lost");
    }
  };
  const lose = () => {
    if (isLost) return;
    isLost = true;
    const time = new Date(heardAt).toLocaleTimeString(document.documentElement.lang);
    lost.textContent = words.lost.replace("{time}", time);
    lost.hidden = false;
    body.classList.add("lost");
  };

  const replace = (id, html) => {
    const old = byId(id);
    if (!old) return;
    const template = document.createElement("template");
    template.innerHTML = html;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    const open = new Set([...old.querySelectorAll("details[open][id]")].map((it) => it.id));
    old.replaceWith(template.content);
    for (const id of open) byId(id)?.setAttribute("open", "");
    if (focused) byId(focused)?.focus();
  };

  // A button that is replaced under a finger is not pressed: news wait until the finger is lifted, and a little longer,
  // since a touch becomes a click only then.
  const LIFTED_MS = 100;
  // Of some fingers nobody is told that they were lifted; what is shown must not stay old for them.
  const HELD_MS = 5000;
  const news = new Map();
  let isPressed = false;
  let lifting = 0;
  const show = () => {
    if (isPressed) return;
    for (const [id, html] of news) replace(id, html);
    news.clear();
  };
  const liftAfter = (time) => {
    clearTimeout(lifting);
    lifting = setTimeout(() => { isPressed = false; show(); }, time);
  };
  addEventListener("pointerdown", () => { isPressed = true; liftAfter(HELD_MS); }, true);
  for (const end of ["pointerup", "pointercancel", "blur"]) {
    addEventListener(end, (event) => {
      if (end === "blur" && event.target !== window) return;
      liftAfter(LIFTED_MS);
    }, true);
  }

  let stream = null;
  const listen = () => {
    const query = new URLSearchParams({ page: body.dataset.page, exhibit: body.dataset.exhibit || "" });
    stream = new EventSource(`${root}live?${query}`);
    stream.addEventListener("update", (event) => {
      hear();
      for (const [id, html] of JSON.parse(event.data)) news.set(id, html);
      show();
    });
    stream.addEventListener("alive", hear);
    stream.addEventListener("ended", () => location.reload());
    stream.addEventListener("error", () => {
      if (stream.readyState !== EventSource.CLOSED) return;
      lose();
      setTimeout(listen, RETRY_MS);
    });
  };
  if (body.dataset.page) {
    listen();
    // A browser may keep a page that was left, and its stream with it; it has six connections for all pages together.
    addEventListener("pagehide", () => stream.close());
    addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
    setInterval(() => {
      if (Date.now() - heardAt > SILENCE_MS || stream.readyState === EventSource.CONNECTING) lose();
    }, 1000);
  }

  const refresh = (picture) => {
    if (document.hidden || isLost || picture.dataset.busy) return;
    const next = new Image();
    picture.dataset.busy = "1";
    const done = () => delete picture.dataset.busy;
    next.addEventListener("load", () => { done(); picture.src = next.src; });
    next.addEventListener("error", done);
    next.src = `${picture.dataset.live}?at=${Date.now()}`;
  };
  setInterval(() => {
    for (const picture of document.querySelectorAll("img[data-live]")) refresh(picture);
  }, PICTURE_MS);

  const post = async (address, fields) => {
    let answer;
    try {
      answer = await fetch(address, { method: "POST", body: new URLSearchParams(fields) });
    } catch {
      return { ok: false, text: words.unreached };
    }
    const text = await answer.text();
    try {
      const told = JSON.parse(text);
      return { ok: answer.ok, text: told.message || told.detail || text };
    } catch {
      return { ok: answer.ok, text: text || `${answer.status} ${answer.statusText}` };
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.ask) {
      const dialog = byId(button.dataset.ask);
      dialog.querySelector("form")?.reset();
      dialog.dataset.exhibit = button.dataset.exhibit || "";
      for (const which of dialog.querySelectorAll(".which")) which.textContent = button.dataset.exhibit || "";
      dialog.showModal();
    } else if (button.dataset.close !== undefined) {
      button.closest("dialog").close();
    } else if (button.dataset.post) {
      button.disabled = true;
      say(words.asked);
      post(root + button.dataset.post, {}).then(({ text }) => { button.disabled = false; say(text); });
    }
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.dataset.do) {
      event.preventDefault();
      const dialog = form.closest("dialog");
      const fields = new FormData(form);
      const other = fields.get("reason") === "" ? fields.get("other") : null;
      if (other) fields.set("reason", other);
      fields.delete("other");
      dialog.close();
      say(words.asked);
      const name = encodeURIComponent(dialog.dataset.exhibit);
      const { text } = await post(`${root}exhibits/${name}/do/${form.dataset.do}`, fields);
      say(text);
    } else if (form.id === "log-in") {
      event.preventDefault();
      const { ok, text } = await post(`${root}../api/v1/login`, new FormData(form));
      if (ok) location.reload();
      else say(text);
    } else if (form.id === "log-out") {
      event.preventDefault();
      await post(`${root}../api/v1/logout`, {});
      location.assign(root);
    }
  });
})();

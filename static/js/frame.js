// The panel in a frame. What the parent gave stands behind the "#" of our address. The parent is told what happens and
// how high we are: to its exact origin, under its nonce, with no secret, no address and nothing about the buyer in it.

const VERSION = 1;
const EVENTS = ["change", "confirm", "requiresaction", "processing", "success", "failure", "expired", "cancel", "loaderror", "error"];

const given = new URLSearchParams(location.hash.slice(1));
// The server has compared it with the business's list, and let nobody else frame this page.
const parentOrigin = document.body.dataset.parent;
const nonce = given.get("nonce");
/** The page around us: where a buyer comes back to, unless the session says otherwise. */
const at = given.get("at");
const isHeard = Boolean(parentOrigin && nonce);

/** Where the whole page is to go, once the parent agrees. @type {string | null} */
let held = null;

/** @param {Record<string, unknown>} message */
function tell(message) {
  if (isHeard) parent.postMessage({ bursar: VERSION, nonce, ...message }, parentOrigin);
}

/** Leads the whole page on, not the frame. Where the browser wants a press first, the panel's own link remains. */
function go() {
  if (!held) return;
  try {
    top.location.href = held;
  } catch {
    // Not without a press of the buyer's: the link is there.
  }
}

/** @param {string} url */
function leave(url) {
  if (at && url.split("?")[0] === at.split("?")[0]) return;
  held = url;
  if (isHeard) tell({ type: "leave" });
  else go();
}

function start() {
  const text = given.get("appearance");
  const checkout = Bursar("pk_live_frame").checkout({
    clientSecret: given.get("secret") ?? "",
    locale: given.get("locale") ?? undefined,
    appearance: text ? JSON.parse(text) : undefined,
    navigate: leave,
    pageUrl: at ?? undefined,
  });
  /** @param {string} type @param {any} event */
  const pass = (type, { sessionId, orderId, state, error }) =>
    tell({ type, sessionId, orderId, status: state.status, code: error?.code ?? null });
  let status = "";
  for (const type of EVENTS) {
    checkout.on(type, (event) => {
      if (type === "change" && status === event.state.status) return;
      status = event.state.status;
      pass(type, event);
    });
  }
  // A payment that is under way has no form; it is shown all the same.
  checkout.on("change", function shown(event) {
    if (!event.state.session) return;
    checkout.off("change", shown);
    pass("ready", event);
  });
  checkout.mount("#checkout");

  addEventListener("message", ({ data, origin, source }) => {
    if (!isHeard || source !== parent || origin !== parentOrigin || data?.bursar !== VERSION || data.nonce !== nonce) return;
    if (data.type === "go") go();
    if (data.type === "update") checkout.update({ appearance: data.appearance, locale: data.locale });
  });
  new ResizeObserver(() => tell({ type: "height", height: document.body.offsetHeight })).observe(document.body);
}

// By itself this page would be an address that holds a secret.
if (window !== top) start();

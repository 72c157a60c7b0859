// The operator's page: what it shows comes from the service that serves it, and is kept nowhere.
import { find, say } from "./dom.js";
import { inspect, inspectAddress } from "./inspector.js";
import { show } from "./overview.js";
import { ask, poll } from "./service.js";
import { follow, isRunning } from "./tail.js";

const OVERVIEW_SECONDS = 2;
const TAIL_SECONDS = 1;
const button = find("pause");
const state = find("state");
let paused = false;

function tellState(error) {
  state.className = error ? "bad" : "good";
  say(state, error ? `Not connected: ${error.message}` : paused ? "Paused" : "Live");
}

button.addEventListener("click", () => {
  paused = !paused;
  button.setAttribute("aria-pressed", String(paused));
  say(button, paused ? "Resume" : "Pause");
  tellState(null);
});

poll(async () => {
  const { body } = await ask("/v1/admin/overview");
  show(body);
  say(find("version"), body.version);
}, OVERVIEW_SECONDS, () => !paused, tellState);
poll(() => follow(inspect), TAIL_SECONDS, () => !paused && isRunning(), (error) => {
  if (error) say(find("tail-state"), `No events to be had: ${error.message}.`);
});
window.addEventListener("hashchange", inspectAddress);
inspectAddress();

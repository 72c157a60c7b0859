/** Signing in: from then on the browser's profile and the person's are one. */

import { forget, wishlist } from "../basket.js";
import { emit } from "../bus.js";
import { report, sdk } from "../client.js";
import { h, say } from "../dom.js";
import { readProfile } from "../profile.js";
import { go } from "../router.js";

export function signInPage({ signal }) {
  const body = h("div", { class: "sign" });
  sdk.then((client) => !signal.aborted && body.append(...(client?.userId ? signedIn(client) : signedOut(client))));
  return { title: "Sign in", node: h("div", { class: "page narrow" }, body) };
}

function signedIn(client) {
  const leave = () => {
    client.reset();
    forget();
    say("You are signed out.");
    go("/");
    readProfile();
  };
  return [
    h("h1", {}, `Hello, ${client.userId}`),
    h("p", {}, "What you do here belongs to your profile, on every device you sign in on."),
    h(
      "p",
      { class: "sign-tools" },
      h("a", { class: "button", href: "/" }, "To your shelf"),
      h("button", { class: "button quiet", type: "button", onclick: leave }, "Sign out"),
    ),
  ];
}

function signedOut(client) {
  const form = h(
    "form",
    { class: "sign-form" },
    h(
      "div",
      { class: "field" },
      h("label", { for: "user" }, "Your name or e-mail"),
      h("input", { id: "user", name: "user", autocomplete: "username", required: true, maxlength: 128 }),
    ),
    h("button", { class: "button" }, "Sign in"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    signIn(form.user.value.trim().toLowerCase());
  });
  const refused =
    client?.consentState == "granted"
      ? null
      : h(
          "p",
          { class: "problem" },
          "Your browser says that you do not want to be followed (Global Privacy Control), so nobody will know you here.",
        );
  return [
    h("h1", {}, "Sign in"),
    h(
      "p",
      {},
      "No password: this is a sample shop. What this browser did so far is merged into your profile, and comes along to your other devices.",
    ),
    refused,
    form,
  ].filter(Boolean);
}

async function signIn(user) {
  if (!user) return;
  await report("identify", user);
  const profile = await readProfile();
  for (const { product_id } of profile?.wishlist || []) wishlist.add(product_id);
  emit("wishlist");
  emit("visitor");
  say(`You are signed in as ${user}.`);
  go("/");
}

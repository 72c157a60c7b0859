/** The shop: what stands around every page, and which page stands at which address. */

import { readCategories } from "./api.js";
import { count, restore, wishlist } from "./basket.js";
import { on } from "./bus.js";
import { sdk } from "./client.js";
import { categoryPath, h, icon } from "./dom.js";
import { buildPanel } from "./panel.js";
import { cartPage } from "./pages/cart.js";
import { categoryPage } from "./pages/category.js";
import { checkoutPage } from "./pages/checkout.js";
import { homePage } from "./pages/home.js";
import { productPage } from "./pages/product.js";
import { searchPage } from "./pages/search.js";
import { signInPage } from "./pages/signin.js";
import { wishlistPage } from "./pages/wishlist.js";
import { readProfile } from "./profile.js";
import { go, markCurrent, start } from "./router.js";

const ROUTES = [
  [/^\/$/, homePage],
  [/^\/c\/(.+)$/, categoryPage],
  [/^\/p\/([^/]+)$/, productPage],
  [/^\/products\/([^/]+)$/, productPage],
  [/^\/cart$/, cartPage],
  [/^\/checkout$/, checkoutPage],
  [/^\/wishlist$/, wishlistPage],
  [/^\/search$/, searchPage],
  [/^\/sign-in$/, signInPage],
  [/^\/.*$/, homePage],
];

function buildTools(togglePanel) {
  const badge = () => h("span", { class: "badge", hidden: true });
  const wishes = badge(),
    items = badge();
  const who = h("span", { class: "tool-name" }, "Sign in");
  const fill = (element, number) => {
    element.textContent = number;
    element.hidden = !number;
  };
  on("wishlist", () => fill(wishes, wishlist.size));
  on("cart", () => fill(items, count()));
  const showWho = async () => {
    who.textContent = (await sdk)?.userId || "Sign in";
  };
  on("visitor", showWho);
  showWho();
  document
    .querySelector(".tools")
    .append(
      h("a", { href: "/sign-in" }, icon("person"), who),
      h("a", { href: "/wishlist" }, icon("heart"), h("span", { class: "tool-name" }, "Wishlist"), wishes),
      h("a", { href: "/cart" }, icon("bag"), h("span", { class: "tool-name" }, "Cart"), items),
      togglePanel,
    );
}

function buildSearch() {
  const form = document.querySelector(".find");
  form.querySelector("button").append(icon("search"));
  on("address", () => (form.q.value = new URLSearchParams(location.search).get("q") || ""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = form.q.value.trim();
    if (words) go(`/search?q=${encodeURIComponent(words)}`);
  });
}

async function buildDepartments() {
  const { categories } = await readCategories();
  const tops = categories.filter(({ name }) => !name.includes(" > "));
  tops.sort((one, other) => other.products - one.products);
  const list = h(
    "ul",
    {},
    tops.slice(0, 12).map(({ name }) => h("li", {}, h("a", { href: categoryPath(name) }, name))),
  );
  document.querySelector(".departments").append(list);
  markCurrent();
}

buildTools(buildPanel(document.getElementById("panel")));
buildSearch();
buildDepartments();
await restore();
start(ROUTES);
readProfile();

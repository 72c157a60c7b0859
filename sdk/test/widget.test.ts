import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { parseHTML } from "linkedom";
import type { Answer, FullClient, Question } from "../src/types";
import { defineWidget } from "../src/widget";
import { Clock, settle } from "./browser";

type Callback = (answer: Answer) => void;
type Told = { type: string; detail: Record<string, unknown> & Partial<Answer>; cancelable: boolean };

/** Elements that are told to be observed, and a way to say what comes into view. */
class FakeObserver {
  static all: FakeObserver[] = [];
  watched = new Set<Element>();
  constructor(readonly callback: (entries: object[]) => void) {
    FakeObserver.all.push(this);
  }
  observe = (element: Element) => void this.watched.add(element);
  unobserve = (element: Element) => void this.watched.delete(element);
  disconnect = () => this.watched.clear();
  enter = (target: Element, isIntersecting = true) => this.callback([{ target, isIntersecting, intersectionRatio: +isIntersecting }]);
}

const product = (id: string, more = {}) => ({
  product_id: id,
  rank: 1,
  score: 1,
  sources: [],
  reason: { code: "popular", text: `Because of ${id}` },
  product: { name: `Name ${id}`, price: 10, url: `/p/${id}`, image_url: `/i/${id}.svg`, ...more },
});

const answerOf = (recommendation_id: string, ids: string[], more = {}): Answer => ({
  recommendation_id,
  placement: "home",
  strategy: "hybrid",
  degraded: false,
  fallback: null,
  recommendations: ids.map((id) => product(id)),
  ...more,
});

let clock: Clock;
let document: Document;
let asked: Question[];
let reported: unknown[][];
let fetched: Array<[string, RequestInit]>;
let recommend: () => Promise<Answer>;
let popular: (init: RequestInit) => Response;
let listeners: Set<Callback>;
let visitorChanged: Set<() => void>;
let told: Told[];

const never = () => new Promise<Answer>(() => {});

beforeEach(() => {
  const window = parseHTML("<html lang=en><body></body></html>");
  clock = new Clock();
  document = window.document;
  [asked, reported, fetched, told, FakeObserver.all] = [[], [], [], [], []];
  [listeners, visitorChanged] = [new Set(), new Set()];
  recommend = async () => answerOf("rec_1", ["a", "b", "c"]);
  popular = () => new Response(JSON.stringify(answerOf("rec_popular", ["x", "y"], { fallback: "popular" })));
  const globals = {
    window: globalThis,
    document,
    customElements: window.customElements,
    HTMLElement: window.HTMLElement,
    CustomEvent: window.CustomEvent,
    CSSStyleSheet: class {
      replaceSync() {}
    },
    IntersectionObserver: FakeObserver,
    setTimeout: clock.set,
    clearTimeout: clock.clear,
    fetch: async (url: string, init: RequestInit) => {
      fetched.push([url, init]);
      return popular(init);
    },
  };
  for (const [name, value] of Object.entries(globals))
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  Object.defineProperty(document, "baseURI", { value: "https://shop.example/", configurable: true });
  for (const name of ["shelflife:rendered", "shelflife:select"])
    document.addEventListener(name, (event) => told.push({ type: name, cancelable: event.cancelable, detail: (event as CustomEvent).detail }));
  const subscribe = <Value>(set: Set<Value>, value: Value) => (set.add(value), () => void set.delete(value));
  defineWidget({
    endpoint: "https://reco.example",
    recommend: (question: Question) => (asked.push(question), recommend()),
    onRecommendations: (callback: Callback) => subscribe(listeners, callback),
    on: (_: string, callback: () => void) => subscribe(visitorChanged, callback),
    track: (...all: unknown[]) => reported.push(all),
    click: (...all: unknown[]) => reported.push(["click", ...all]),
  } as unknown as FullClient);
});

/** Put a shelf into the page. */
async function open(attributes: Record<string, string> = {}) {
  const host = document.createElement("shelflife-recommendations");
  for (const [name, value] of Object.entries(attributes)) host.setAttribute(name, value);
  document.body.append(host);
  await settle();
  const root = host.shadowRoot!;
  return {
    host,
    root,
    frame: root.querySelector("section")!,
    items: () => [...root.querySelectorAll<HTMLElement>("li")],
    texts: (part: string) => [...root.querySelectorAll(`[part=${part}]`)].map((node) => node.textContent),
    links: () => [...root.querySelectorAll<HTMLElement>("[part=link]")],
    state: () => [root.querySelector("section")!.getAttribute("aria-busy"), host.hasAttribute("empty")],
  };
}

const click = (target: Element, more: Partial<MouseEvent> = {}) => {
  const view = document.defaultView as unknown as typeof globalThis;
  const event = Object.assign(new view.Event("click", { bubbles: true, cancelable: true }), { button: 0, ...more });
  target.dispatchEvent(event);
  return event;
};

test("asks what its attributes say, once, and leaves out what is empty", async () => {
  await open({ placement: "cart", limit: "4", "product-id": "p1", strategy: "", category: "Home > Tea" });
  assert.deepEqual(asked, [{ placement: "cart", limit: "4", product_id: "p1", category: "Home > Tea" }]);
});

test("is a labelled region with a list, and every product has name, price and reason for the ear too", async () => {
  const shelf = await open({ heading: "For you", currency: "EUR" });
  assert.equal(shelf.root.getElementById(shelf.frame.getAttribute("aria-labelledby")!)!.textContent, "For you");
  assert.equal(shelf.root.querySelector("ul")!.getAttribute("role"), "list");
  assert.deepEqual(shelf.texts("name"), ["Name a", "Name b", "Name c"]);
  assert.deepEqual(shelf.texts("reason"), ["Because of a", "Because of b", "Because of c"]);
  // What is read is what is seen: WCAG 2.5.3, label in name.
  assert.deepEqual([shelf.links()[0]!.hasAttribute("aria-label"), shelf.texts("price")[0]], [false, "€10.00"]);
  assert.equal(shelf.links()[0]!.getAttribute("href"), "/p/a");
  assert.equal(shelf.root.querySelector("img")!.getAttribute("alt"), "");
  assert.deepEqual(shelf.state(), ["false", false]);
});

test("shows as many empty cards as products are wanted until the answer is there", async () => {
  let resolve!: Callback;
  recommend = () => new Promise((done) => (resolve = done));
  const shelf = await open({ limit: "5" });
  assert.deepEqual(shelf.state(), ["true", false]);
  assert.deepEqual(shelf.items().map((item) => item.getAttribute("aria-hidden")), Array(5).fill("true"));
  assert.equal(shelf.root.querySelector("button, a[href]"), null);
  resolve(answerOf("rec_1", ["a", "b"]));
  await settle();
  assert.deepEqual(shelf.texts("name"), ["Name a", "Name b"]);
  assert.equal(shelf.root.querySelector("[aria-hidden]"), null);
});

test("data becomes text and addresses of pages, nothing else", async () => {
  const evil = "<img src=x onerror=alert(1)>";
  const urls = ["javascript:alert(1)", " JaVaScRiPt:alert(1)", "data:text/html,x", "http://[", "https://other.example/p", "p?id=1"];
  recommend = async () =>
    answerOf("rec_1", [], { recommendations: urls.map((url, index) => product(`${index}`, { name: evil, url })) });
  const shelf = await open();
  assert.deepEqual(new Set(shelf.texts("name")), new Set([evil]));
  assert.equal(shelf.root.querySelectorAll("img").length, urls.length);
  assert.deepEqual(shelf.links().map((link) => [link.tagName, link.getAttribute("href")]), [
    ...Array(4).fill(["BUTTON", null]),
    ["A", urls[4]],
    ["A", urls[5]],
  ]);
});

test("a product that the catalogue knows little of is shown by its id", async () => {
  const bare = { ...product("z"), product: {} };
  recommend = async () => answerOf("rec_1", [], { recommendations: [bare] });
  const shelf = await open();
  assert.deepEqual([shelf.texts("name"), shelf.texts("price")], [["z"], [""]]);
});

test("a picture and an address that are gone are taken away", async () => {
  const shelf = await open({ live: "" });
  const bare = product("a", { url: undefined, image_url: undefined });
  for (const callback of listeners) callback(answerOf("rec_2", [], { recommendations: [bare] }));
  assert.deepEqual([shelf.links()[0]!.hasAttribute("href"), shelf.root.querySelector("img")!.hasAttribute("src")], [false, false]);
});

test("a language or currency that the browser does not know costs no shelf", async () => {
  document.documentElement.setAttribute("lang", "en_US");
  const shelf = await open({ currency: "?" });
  assert.deepEqual(shelf.texts("price"), ["10", "10", "10"]);
});

test("popular products take the place of an answer that is late, and stay", async () => {
  let resolve!: Callback;
  recommend = () => new Promise((done) => (resolve = done));
  const shelf = await open({ limit: "2", category: "Tea & Co" });
  await clock.pass(1499);
  assert.deepEqual([fetched.length, shelf.state()[0]], [0, "true"]);
  await clock.pass(1);
  assert.equal(fetched[0]![0], "https://reco.example/v1/popular?limit=2&category=Tea+%26+Co");
  assert.deepEqual(shelf.texts("name"), ["Name x", "Name y"]);
  assert.equal(told[0]!.detail.fallback, "popular");
  resolve(answerOf("rec_1", ["a"]));
  await clock.pass(5000);
  assert.deepEqual(shelf.texts("name"), ["Name x", "Name y"]);
});

test("popular products are asked for at once when the answer is an error", async () => {
  recommend = () => Promise.reject(new Error("503"));
  const shelf = await open();
  assert.deepEqual(shelf.texts("name"), ["Name x", "Name y"]);
});

test("when the service is down, what was popular last is taken from the browser's cache", async () => {
  recommend = () => Promise.reject(new TypeError("network"));
  const cached = popular;
  popular = (init) => {
    if (init.cache != "force-cache") throw new TypeError("network");
    return cached(init);
  };
  assert.deepEqual((await open()).texts("name"), ["Name x", "Name y"]);
});

test("a late answer is better than none", async () => {
  let resolve!: Callback;
  recommend = () => new Promise((done) => (resolve = done));
  popular = () => new Response("{}", { status: 503 });
  const shelf = await open();
  await clock.pass(6000);
  assert.deepEqual(shelf.state(), ["true", false]);
  resolve(answerOf("rec_late", ["l"]));
  await settle();
  assert.deepEqual(shelf.texts("name"), ["Name l"]);
});

test("when nothing answers, the page's own content is shown", async () => {
  recommend = () => Promise.reject(new TypeError("network"));
  popular = () => new Response("", { status: 502 });
  const shelf = await open();
  assert.deepEqual([shelf.items().length, shelf.state()], [0, ["false", true]]);
  assert.ok(shelf.root.querySelector("slot"));
  recommend = async () => answerOf("rec_2", ["a"]);
  shelf.host.setAttribute("category", "Tea");
  await settle();
  assert.deepEqual([shelf.texts("name"), shelf.state()], [["Name a"], ["false", false]]);
});

test("reports each product that was in view for a second, once for an answer", async () => {
  const shelf = await open();
  const [observer] = FakeObserver.all;
  const [first, second] = shelf.items();
  observer!.enter(first!);
  observer!.enter(second!);
  await clock.pass(999);
  observer!.enter(second!, false);
  assert.deepEqual(reported, []);
  await clock.pass(1);
  const impression = { product_id: "a", recommendation_id: "rec_1", position: "1" };
  assert.deepEqual(reported, [["impression", impression]]);
  observer!.enter(first!, false);
  observer!.enter(first!);
  await clock.pass(2000);
  assert.equal(reported.length, 1);
});

test("reports a click with its answer and place, and the page may take it over", async () => {
  const shelf = await open();
  const target = shelf.links()[1]!.querySelector("b")!;
  assert.equal(click(target).defaultPrevented, false);
  assert.deepEqual(reported, [["click", "b", { recommendation_id: "rec_1", position: 2 }]]);
  const { detail } = told.at(-1)!;
  assert.deepEqual([detail.recommendation_id, detail.position], ["rec_1", 2]);
  assert.deepEqual(detail.product, { product_id: "b", ...product("b").product });
  document.addEventListener("shelflife:select", (event) => event.preventDefault());
  assert.equal(click(target).defaultPrevented, true);
});

test("a click that opens another tab is reported, and cannot be taken over", async () => {
  const shelf = await open();
  for (const more of [{}, { ctrlKey: true }, { metaKey: true }, { shiftKey: true }, { button: 1 }]) click(shelf.links()[0]!, more);
  const selected = told.filter(({ type }) => type == "shelflife:select");
  assert.deepEqual(selected.map(({ cancelable }) => cancelable), [true, false, false, false, false]);
  assert.equal(reported.length, 5);
  click(shelf.links()[0]!, { button: 2 });
  click(shelf.root.querySelector("ul")!);
  assert.equal(reported.length, 5);
});

test("live answers keep the nodes of products that stay, and count as new answers", async () => {
  const shelf = await open({ live: "" });
  const [a, b, c] = shelf.items();
  const image = b!.querySelector("img")!;
  for (const callback of listeners) callback(answerOf("rec_2", ["b", "d", "a"]));
  assert.deepEqual(shelf.texts("name"), ["Name b", "Name d", "Name a"]);
  const [first, second, third] = shelf.items();
  assert.deepEqual([first === b, third === a, [a, b, c].includes(second!)], [true, true, false]);
  assert.ok(first!.querySelector("img") === image);
  FakeObserver.all[0]!.enter(first!);
  await clock.pass(1000);
  assert.deepEqual(reported, [["impression", { product_id: "b", recommendation_id: "rec_2", position: "1" }]]);
  click(shelf.links()[2]!);
  assert.deepEqual(reported[1], ["click", "a", { recommendation_id: "rec_2", position: 3 }]);
});

test("an answer that comes after its question was dropped is not shown", async () => {
  const shelf = await open({ live: "" });
  const [late] = [...listeners];
  shelf.host.setAttribute("placement", "cart");
  late!(answerOf("rec_old", ["o"]));
  await settle();
  late!(answerOf("rec_old", ["o"]));
  assert.deepEqual(shelf.texts("name"), ["Name a", "Name b", "Name c"]);
});

test("nodes that are in order already are not touched", async () => {
  const shelf = await open({ live: "" });
  const list = shelf.root.querySelector("ul")!;
  const moved: Node[] = [];
  const insert = list.insertBefore.bind(list);
  list.insertBefore = (node, before) => (moved.push(node), insert(node, before));
  for (const callback of listeners) callback(answerOf("rec_2", ["b", "c", "e"]));
  assert.deepEqual(moved, [shelf.items()[2]!]);
});

test("the focus of a product that goes is taken over by what takes its place", async () => {
  const shelf = await open({ live: "" });
  const focused: unknown[] = [];
  const show = (focus: number, ids: string[]) => {
    const link = shelf.links()[focus];
    Object.defineProperty(shelf.root, "activeElement", { value: link, configurable: true });
    for (const callback of listeners) callback(answerOf("rec_2", ids));
  };
  const links = (document.defaultView as unknown as typeof globalThis).HTMLElement.prototype;
  links.focus = function (this: HTMLElement) {
    focused.push(this.querySelector("[part=name]")!.textContent);
  };
  show(1, ["c", "b", "a"]); // stays, elsewhere
  show(1, ["c", "x", "a"]); // goes
  show(2, ["c", "x"]); // goes, and nothing takes its place
  show(0, []);
  assert.deepEqual(focused, ["Name b", "Name x", "Name c"]);
});

test("asks again for somebody else and for other attributes, and shows only the newest answer", async () => {
  const shelf = await open({ live: "" });
  recommend = never;
  shelf.host.setAttribute("placement", "cart");
  shelf.host.setAttribute("limit", "2");
  await settle();
  assert.deepEqual(asked.slice(1), [{ placement: "cart", limit: "2" }]);
  assert.deepEqual([shelf.texts("name"), shelf.state()[0]], [["Name a", "Name b", "Name c"], "true"]);
  recommend = async () => answerOf("rec_3", ["n"]);
  for (const callback of [...visitorChanged]) callback();
  await settle();
  assert.deepEqual([shelf.texts("name"), asked.length], [["Name n"], 3]);
  await clock.pass(9000);
  assert.deepEqual([shelf.texts("name"), fetched.length <= 1], [["Name n"], true]);
  assert.deepEqual([listeners.size, visitorChanged.size], [1, 1]);
});

test("a shelf that is taken out of the page listens to nothing, and begins again when it is put back", async () => {
  const shelf = await open({ live: "" });
  shelf.host.remove();
  assert.deepEqual([listeners.size, visitorChanged.size], [0, 0]);
  document.body.append(shelf.host);
  await settle();
  assert.deepEqual([asked.length, listeners.size], [2, 1]);
});

test("is defined once, whatever is loaded twice", () => {
  assert.doesNotThrow(() => defineWidget({} as FullClient));
});

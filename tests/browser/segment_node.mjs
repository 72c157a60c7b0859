// Sends what a shop's server sends, with Segment's library: node segment_node.mjs <service> <run>
import { Analytics } from "@segment/analytics-node";

const [service, run] = process.argv.slice(2);
const analytics = new Analytics({ writeKey: "write-key", host: service, flushAt: 5 });
const failures = [];
analytics.on("error", (error) => failures.push(String(error.reason ?? error.code)));

const anonymousId = `${run}-browser`;
const userId = `${run}-ann`;
const lamp = { product_id: "lamp", name: "Lamp", category: "Lamps", brand: "Lumo", price: 40, currency: "EUR" };
const sofa = { product_id: "sofa", name: "Sofa", category: "Sofas", price: 900, quantity: 1 };

// One a second, as shoppers are: batches are sent side by side, and times are corrected by when each one arrives.
let moment = Date.now() - 60_000;
const next = () => new Date((moment += 1000));

const track = (event, properties, more = { userId, timestamp: next() }) => analytics.track({ event, properties, ...more });
const browse = { anonymousId, timestamp: next() };

analytics.page({ ...browse, category: "Shop", name: "Home", properties: { url: "https://shop.example/", path: "/" } });
analytics.screen({ ...browse, name: "Home", properties: { dark: true } });
track("Product Viewed", { ...lamp, position: 3 }, browse);
const products = [
  { ...lamp, position: 1 },
  { ...sofa, position: 2 },
];
track("Product List Viewed", { list_id: "summer", category: "Lamps", products }, browse);
const traits = { plan: "gold", visits: 3, address: { city: "Ghent" }, tags: ["a"], createdAt: new Date(0) };
analytics.identify({ userId, anonymousId, traits, timestamp: next() });
analytics.group({ userId, groupId: "family", traits: { plan: "group-plan", name: "Family" } });
track("Product Added", { ...lamp, cart_id: "c1", quantity: 2 });
track("Product Added to Wishlist", { ...sofa, wishlist_id: "w1" });
track("Product Reviewed", { product_id: "lamp", review_id: "r1", rating: "5" });
track("Products Searched", { query: "reading lamp" });
const order_id = `${run}-o1`;
track("Order Completed", { order_id, total: 980, currency: "EUR", products: [{ ...lamp, quantity: 2 }, sofa] });
track("Order Refunded", { order_id, products: [sofa] });
track("Promotion Viewed", { promotion_id: "p1", position: "home_banner_top" });
track("Product Viewed", {}); // no product: refused, and answered with success all the same
track("Quiz Completed", {}, {
  userId,
  messageId: `${run}-quiz`,
  timestamp: new Date(Date.now() - 86_400_000),
  context: { ip: "192.0.2.7", traits: { plan: "not said by identify" } },
});
analytics.alias({ userId, previousId: `${run}-phone` });
await analytics.closeAndFlush({ timeout: 20_000 });
console.log(JSON.stringify({ failures }));

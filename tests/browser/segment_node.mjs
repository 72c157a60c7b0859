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

analytics.page({ anonymousId, category: "Shop", name: "Home", properties: { url: "https://shop.example/", path: "/" } });
analytics.screen({ anonymousId, name: "Home", properties: { dark: true } });
analytics.track({ anonymousId, event: "Product Viewed", properties: { ...lamp, position: 3 } });
analytics.track({
  anonymousId,
  event: "Product List Viewed",
  properties: { list_id: "summer", category: "Lamps", products: [{ ...lamp, position: 1 }, { ...sofa, position: 2 }] },
});
analytics.identify({
  userId,
  anonymousId,
  traits: { plan: "gold", visits: 3, address: { city: "Ghent" }, tags: ["a"], createdAt: new Date(0) },
});
analytics.group({ userId, groupId: "family", traits: { plan: "group-plan", name: "Family" } });
analytics.track({ userId, event: "Product Added", properties: { ...lamp, cart_id: "c1", quantity: 2 } });
analytics.track({ userId, event: "Product Added to Wishlist", properties: { ...sofa, wishlist_id: "w1" } });
analytics.track({ userId, event: "Product Reviewed", properties: { product_id: "lamp", review_id: "r1", rating: "5" } });
analytics.track({ userId, event: "Products Searched", properties: { query: "reading lamp" } });
analytics.track({
  userId,
  event: "Order Completed",
  properties: { order_id: `${run}-o1`, total: 980, currency: "EUR", products: [{ ...lamp, quantity: 2 }, sofa] },
});
analytics.track({ userId, event: "Order Refunded", properties: { order_id: `${run}-o1`, products: [sofa] } });
analytics.track({ userId, event: "Promotion Viewed", properties: { promotion_id: "p1", position: "home_banner_top" } });
analytics.track({ userId, event: "Product Viewed", properties: {} }); // no product: refused, and answered with success
analytics.track({
  userId,
  event: "Quiz Completed",
  messageId: `${run}-quiz`,
  timestamp: new Date(Date.now() - 86_400_000),
  context: { ip: "192.0.2.7", traits: { plan: "not said by identify" } },
});
analytics.alias({ userId, previousId: `${run}-phone` });
await analytics.closeAndFlush({ timeout: 20_000 });
console.log(JSON.stringify({ failures }));

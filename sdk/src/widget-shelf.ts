import type { Answer, FullClient, Question } from "./types";
import { ask } from "./widget-answer";
import { type Card, createCard, make } from "./widget-card";

/** Attributes that are fields of the question. */
export const ASKED = ["placement", "limit", "product-id", "strategy", "category"];

export interface Tools {
  client_: FullClient;
  sheet_: CSSStyleSheet;
  impressions_: IntersectionObserver | undefined;
}

/** What happens inside a `<shelflife-recommendations>`. */
export function createShelf(host: HTMLElement, { client_: client, sheet_, impressions_ }: Tools) {
  const root = host.attachShadow({ mode: "open" });
  const heading = make("h2", "heading");
  const list = make("ul", "list");
  const frame = make("section", "shelf", heading, list);
  let cards: Card[] = [];
  let recommendation_id = "";
  let stops: (() => void)[] = [];
  /** Counts questions: only the newest one's answer is shown. */
  let turn = 0;
  const get = (name: string) => host.getAttribute(name) || "";
  const tell = (name: string, detail: unknown, cancelable?: boolean) =>
    host.dispatchEvent(new CustomEvent("shelflife:" + name, { bubbles: true, cancelable, detail }));
  const busy = (is: boolean) => frame.setAttribute("aria-busy", "" + is);

  /** Nodes that stay where they are are not touched, so nothing flickers. */
  const arrange = (next: Card[]) => {
    const focused = root.activeElement as HTMLElement | null;
    const at = cards.findIndex(({ node_ }) => node_.contains(focused));
    for (const card of cards) if (!next.includes(card)) card.node_.remove();
    next.forEach(({ node_ }, index) => {
      const there = list.children[index];
      if (there != node_) list.insertBefore(node_, there!);
    });
    // It is lost when a node is moved; and what takes the place of a product that has gone gets its focus.
    const heir = focused?.isConnected ? focused : (next[at] || next[0])?.node_.firstChild;
    if (focused) (heir as HTMLElement | undefined)?.focus({ preventScroll: true });
    cards = next;
  };

  const render = (answer?: Answer) => {
    const items = answer?.recommendations || [];
    recommendation_id = answer?.recommendation_id || "";
    arrange(
      items.map((item, index) => {
        const card = cards.find(({ item_ }) => item_?.product_id == item.product_id) || createCard(item);
        card.fill_(item, get("currency"));
        Object.assign(card.node_.dataset, {
          shelflifeProductId: item.product_id,
          shelflifeRecommendationId: recommendation_id,
          shelflifePosition: index + 1,
        });
        return card;
      }),
    );
    // Those that are in view already count for this answer, too.
    for (const { node_ } of cards) {
      impressions_?.unobserve(node_);
      impressions_?.observe(node_);
    }
    busy(false);
    host.toggleAttribute("empty", !cards[0]);
    tell("rendered", answer);
  };

  const leave = () => {
    turn++;
    for (const stop of stops) stop();
    stops = [];
  };

  /** Ask anew, once for all that changes at the same time. */
  const refresh = async () => {
    leave();
    const own = turn;
    heading.textContent = get("heading") || "Recommended for you";
    await 0;
    if (own != turn || !host.isConnected) return;
    const question: Question = { limit: 8 };
    for (const name of ASKED) if (get(name)) question[name.replace("-", "_")] = get(name);
    if (!cards[0]) arrange(Array.from({ length: +question.limit! }, () => createCard()));
    busy(true);
    stops.push(client.on("visitor", refresh));
    const answer = await ask(client, question);
    if (own != turn) return;
    render(answer);
    if (host.hasAttribute("live")) stops.push(client.onRecommendations((newer) => own == turn && render(newer), question));
  };

  /** A page may go to the product itself, unless the visitor wants it in another tab: then this stays a link. */
  const select = (event: MouseEvent) => {
    const index = cards.findIndex(({ node_ }) => node_.contains(event.target as Node));
    const item = cards[index]?.item_;
    if (!item || event.button > 1) return;
    const { product_id, product } = item;
    const place = { recommendation_id, position: index + 1 };
    client.click(product_id, place);
    const elsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey;
    if (!tell("select", { product: { product_id, ...product }, ...place }, !elsewhere)) event.preventDefault();
  };

  root.adoptedStyleSheets = [sheet_];
  heading.id = "h";
  frame.setAttribute("aria-labelledby", "h");
  // Safari takes a list without bullets for none.
  list.setAttribute("role", "list");
  list.onclick = list.onauxclick = select;
  root.append(frame, document.createElement("slot"));
  return { refresh_: refresh, leave_: leave };
}

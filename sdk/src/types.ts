/** What stands beside an event's type, in the canonical names of docs/events.md. */
export type Props = Record<string, unknown>;

/** An event as it is sent. */
export interface ShelflifeEvent extends Props {
  event_type: string;
  event_id: string;
  /** RFC 3339, in UTC. */
  timestamp: string;
  anonymous_id?: string;
  user_id?: string;
  session_id?: string;
}

export type ConsentState = "granted" | "pending" | "denied";

/** The fields of `POST /recommend`, see docs/api.md; who asks is filled in. */
export interface Question extends Props {
  placement?: string;
  /** 10 unless said, at most 100. */
  limit?: number;
  /** The product on the page. */
  product_id?: string;
  strategy?: string;
  category?: string;
  /** Products to leave out. */
  exclude?: string[];
}

export interface Recommendation extends Props {
  product_id: string;
  /** From 1. */
  rank: number;
  score: number;
  reason: { code: string; text: string; category?: string; because?: string[] };
  sources: string[];
  /** What the catalogue shows of it. */
  product: {
    name?: string;
    price?: number;
    brand?: string;
    categories?: string[];
    url?: string;
    image_url?: string;
  } & Props;
}

/** The answer of `POST /recommend`, see docs/api.md. */
export interface Answer extends Props {
  recommendation_id: string;
  placement: string | null;
  strategy: string;
  degraded: boolean;
  fallback: string | null;
  recommendations: Recommendation[];
}

/** What went wrong: `status` of the answer if there was one, `events` that are given up because of it. */
export interface Failure extends Error {
  status?: number;
  events?: ShelflifeEvent[];
  /** The body of the answer: a problem, or the `errors` of single events (docs/errors.md). */
  body?: unknown;
}

/** What `on` can be asked for, and what its callback is called with. */
export interface Notices {
  /** An event was queued. */
  event: ShelflifeEvent;
  /** Events were taken by the service; `ms` is the time from request to answer. */
  sent: { events: ShelflifeEvent[]; ms: number };
  answer: { question: Question; answer: Answer; ms: number };
  error: Failure;
  /** The page is being left; what is reported now is still sent. */
  leave: undefined;
  /** The visitor is somebody else now, or their consent changed. */
  visitor: undefined;
}

export interface Recommend {
  (question?: Question): Promise<Answer>;
  /** The newest question again (of `placement`, if said), without what its answers have shown. */
  next(question?: Question): Promise<Answer>;
}

export interface Options {
  /** Where the service is, such as `https://reco.shop.example`; this page's origin unless said. */
  endpoint?: string;
  /** What to watch by itself, see docs/sdk.md; nothing unless said. Of the full client only. */
  auto?: string | readonly string[];
  /** `granted` unless said. */
  consent?: ConsentState | { personalization: boolean };
  /** A visitor who is signed in. */
  userId?: string;
  /** Write what happens to the console. */
  debug?: boolean;
}

/** An entry of an order: a product's id, or this. */
export interface Item extends Props {
  product_id: string;
  quantity?: number;
  price?: number;
}

/** Can also be called with a method's name and its arguments, as the queue stub is: `client("track", "view", {})`. */
export interface Client {
  (method: string, ...parameters: unknown[]): unknown;
  track(type: string, props?: Props): void;
  view(productId: string, props?: Props): void;
  click(productId: string, props?: Props): void;
  addToCart(productId: string, props?: Props): void;
  removeFromCart(productId: string, props?: Props): void;
  wishlist(productId: string, props?: Props): void;
  purchase(productIdOrItems: string | ReadonlyArray<string | Item>, props?: Props): void;
  /** 1 to 5 stars. */
  rating(productId: string, rating: number, props?: Props): void;
  search(query: string, props?: Props): void;
  filter(props?: Props): void;
  formSubmit(name: string, props?: Props): void;
  page(props?: Props): void;
  /** The visitor signed in: their anonymous profile is merged into the user's. */
  identify(userId: string, traits?: Props): void;
  /** Merge an anonymous visitor of before into the user. */
  alias(previousId: string): void;
  /** The visitor signed out: later events are a new visitor's. */
  reset(): void;
  /** What the visitor decided; what waited under `pending` is sent, or forgotten. */
  consent(choice: ConsentState | { personalization: boolean }): void;
  recommend: Recommend;
  /** Send what is queued, now. Resolves when it is sent, or could not be. Never rejects. */
  flush(): Promise<void>;
  debug(on?: boolean): void;
  ready(callback: (client: Client) => void): void;
  on<Name extends keyof Notices>(name: Name, callback: (value: Notices[Name]) => void): () => void;
  readonly endpoint: string;
  readonly anonymousId: string | undefined;
  readonly userId: string | undefined;
  readonly sessionId: string | undefined;
  readonly consentState: ConsentState;
}

/** Begin, in a browser. Nothing is stored before consent allows it. */
export type CreateClient = (options?: Options) => FullClient;

/** The client with everything: also what pushes and watches. */
export interface FullClient extends Client {
  /** Calls back with every new answer to the question, as soon as the visitor's interests change. */
  onRecommendations(callback: (answer: Answer) => void, question?: Question): () => void;
}

import { failure } from "./http";
import type { Emit } from "./notices";
import type { Answer, Props, Question, Recommend } from "./types";

const TIMEOUT_MS = 10e3;
/** How long an answer waits for the visitor's own last events to be delivered. */
const DELIVERY_MS = 500;
/** The service's own limit. */
const EXCLUDED = 500;

export interface Asker {
  /** The ids to ask for; undefined for a stranger. */
  who: () => Props | undefined;
  flush: () => Promise<void>;
  emit: Emit;
  url: string;
}

/** What is popular is the same for everybody, so it is what a stranger sees, unless the page asks about something. */
const stranger = ({ product_id, strategy = product_id ? undefined : "popular", ...others }: Question) => ({
  ...others,
  product_id,
  strategy,
});

async function ask({ who, flush, emit, url }: Asker, question: Question): Promise<Answer> {
  if (who()) await Promise.race([flush(), new Promise((done) => setTimeout(done, DELIVERY_MS))]);
  const ids = who();
  const started = performance.now();
  const response = await fetch(url, {
    method: "POST",
    body: JSON.stringify(ids ? { ...ids, ...question } : stranger(question)),
    // Without cookies, a stranger is one for the service, too.
    credentials: ids ? "same-origin" : "omit",
    signal: AbortSignal.timeout?.(TIMEOUT_MS),
  });
  const answer = await response.json().catch(() => ({}));
  if (!answer.recommendations) throw failure(answer.detail || "no answer", { status: response.status, body: answer });
  emit("answer", { question, answer, ms: performance.now() - started });
  return answer;
}

export function createRecommend(asker: Asker): Recommend {
  const asked = new Map<string | undefined, { question: Question; shown: string[] }>();
  let latest: string | undefined;
  const recommend = async (question: Question, shown: string[] = []) => {
    const exclude = [...(question.exclude || []), ...shown].slice(-EXCLUDED);
    try {
      const answer = await ask(asker, { ...question, exclude: exclude.length ? exclude : undefined } as Question);
      latest = question.placement;
      asked.set(latest, { question, shown: [...shown, ...answer.recommendations.map((one) => one.product_id)] });
      return answer;
    } catch (error) {
      asker.emit("error", error as Error);
      throw error;
    }
  };
  return Object.assign((question: Question = {}) => recommend(question), {
    next(more: Question = {}) {
      const before = asked.get("placement" in more ? more.placement : latest);
      return recommend({ ...before?.question, ...more }, before?.shown);
    },
  });
}

import type { Answer, Client, Question } from "./types";

/** When an answer is slow. */
const SLOW_MS = 1500;

const within = <T>(work: Promise<T>) => Promise.race([work, new Promise<never>((_, fail) => setTimeout(fail, SLOW_MS))]);

/**
 * What the visitor likes. If that is late or fails: what is popular, or what was popular when this browser last asked,
 * or what the visitor likes, late rather than never. Undefined when all of it fails.
 */
export function ask(client: Client, question: Question): Promise<Answer | undefined> {
  const asked = client.recommend(question);
  const { limit, category = "" } = question;
  const popular = async (cache: RequestCache): Promise<Answer> => {
    const query = new URLSearchParams({ limit: limit + "", category });
    const response = await fetch(client.endpoint + "/v1/popular?" + query, { cache });
    if (!response.ok) throw response;
    return response.json();
  };
  return within(asked)
    .catch(() => within(popular("default")))
    .catch(() => within(popular("force-cache")))
    .catch(() => asked)
    .catch(() => undefined);
}

import type { Recorder } from "./record";
import type { Props } from "./types";

/** The methods that report one kind of event each. */
export function createReports(recorder: Recorder) {
  const track = recorder.track_;
  const about = (type: string) => (product_id: string, props?: Props) => track(type, { product_id, ...props });
  const plain = (type: string) => (props?: Props) => track(type, props);
  const named = (type: string, name: string) => (value: string, props?: Props) => track(type, { [name]: value, ...props });
  return {
    track,
    view: about("view"),
    click: about("click"),
    addToCart: about("add_to_cart"),
    removeFromCart: about("remove_from_cart"),
    wishlist: about("add_to_wishlist"),
    purchase: recorder.purchase_.bind(recorder),
    rating: (product_id: string, rating: number, props?: Props) => track("rating", { product_id, rating, ...props }),
    search: named("search", "query"),
    filter: plain("filter"),
    formSubmit: named("form_submit", "form"),
    page: (props?: Props) => track("page", { url: location.href, title: document.title, ...props }),
  };
}

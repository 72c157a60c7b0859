import { createImpressions } from "./capture/impressions";
import type { FullClient } from "./types";
import { ASKED, createShelf } from "./widget-shelf";
import { STYLE } from "./widget-style";

const NAME = "shelflife-recommendations";

/** Define `<shelflife-recommendations>`, see docs/widget.md. Does nothing a second time. */
export function defineWidget(client: FullClient): void {
  if (customElements.get(NAME)) return;
  const sheet_ = new CSSStyleSheet();
  sheet_.replaceSync(STYLE);
  const tools = { client_: client, sheet_, impressions_: createImpressions(client) };
  customElements.define(
    NAME,
    class extends HTMLElement {
      static get observedAttributes() {
        return [...ASKED, "live", "heading"];
      }

      private shelf_ = createShelf(this, tools);

      connectedCallback(): void {
        this.shelf_.refresh_();
      }

      disconnectedCallback(): void {
        this.shelf_.leave_();
      }

      attributeChangedCallback(): void {
        this.shelf_.refresh_();
      }
    },
  );
}

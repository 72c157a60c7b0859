import { createIdentity, dropCookie, type Identity } from "./identity";
import { openStore, wipe, type Store } from "./store";
import type { ConsentState } from "./types";

export type Choice = ConsentState | { personalization: boolean };
type Work = (identity: Identity, now: number) => void;

/** Consent decides whether there is a store, and only with a store is anybody known. */
export class Visitor {
  state_: ConsentState = "pending";
  store_: Store | undefined;
  identity_: Identity | undefined;
  waiting_: (() => void)[] = [];
  now_ = 0;

  /** Do it now, after consent, or never. The time is that of the call, a millisecond after the one before. */
  whenAllowed_(work: Work): void {
    const now = (this.now_ = Math.max(Date.now(), this.now_ + 1));
    const run = () => work(this.identity_!, now);
    if (this.identity_) run();
    else if (this.state_ == "pending") this.waiting_.push(run);
  }

  /** Global Privacy Control is a no, to everything but what the visitor chose on this very site. */
  decide_(choice: Choice, explicit = false): void {
    const state = typeof choice != "object" ? choice : choice.personalization ? "granted" : "denied";
    const refused = !explicit && state == "granted" && (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl;
    this.state_ = refused ? "denied" : state;
    if (this.state_ == "granted") return this.admit_();
    this.store_ = this.identity_ = undefined;
    if (this.state_ == "denied") {
      this.waiting_ = [];
      wipe();
      dropCookie();
    }
  }

  admit_(): void {
    this.store_ ||= openStore();
    this.identity_ ||= createIdentity(this.store_);
    this.waiting_.splice(0).forEach((run) => run());
  }
}

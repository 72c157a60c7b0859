import "./begin";
import type { FullClient } from "./types";
import { defineWidget } from "./widget";

defineWidget(window.shelflife as FullClient);

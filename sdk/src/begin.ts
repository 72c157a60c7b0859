import { createFullClient } from "./everything";
import { start } from "./start";

start(createFullClient);

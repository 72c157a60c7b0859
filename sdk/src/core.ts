import { createClient } from "./client";
import { start } from "./start";

start(createClient);

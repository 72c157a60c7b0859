import "./begin";
import "./widget";

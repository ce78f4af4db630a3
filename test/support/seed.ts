/** One seed for every property test, so that a run can be repeated; a failure prints it with its path. */
import fc from "fast-check";

fc.configureGlobal({ seed: 20261121 });

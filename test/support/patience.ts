/** How long a screen may take: a machine that is busy with other tests takes its time. */
import { configure } from "@testing-library/react";

configure({ asyncUtilTimeout: 30_000 });

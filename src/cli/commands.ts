/** Every command there is, in the order of the help. */
import type { AnyCommand } from "./command.ts";
import { auditCommand } from "./commands/audit.ts";
import { backupCommand } from "./commands/backup.ts";
import { conflictsCommand } from "./commands/conflicts.ts";
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { exportCommand } from "./commands/export.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { peopleCommand } from "./commands/people.ts";
import { repairCommand } from "./commands/repair.ts";
import { restoreCommand } from "./commands/restore.ts";
import { rollbackCommand } from "./commands/rollback.ts";
import { sampleCommand } from "./commands/sample.ts";
import { serveCommand } from "./commands/serve.ts";
import { statusCommand } from "./commands/status.ts";
import { tokenCommand } from "./commands/token.ts";
import { verifyCommand } from "./commands/verify.ts";

export const commands: readonly AnyCommand[] = [
  auditCommand,
  migrateCommand,
  verifyCommand,
  repairCommand,
  conflictsCommand,
  peopleCommand,
  exportCommand,
  rollbackCommand,
  backupCommand,
  restoreCommand,
  statusCommand,
  serveCommand,
  tokenCommand,
  sampleCommand,
  doctorCommand,
  demoCommand,
];

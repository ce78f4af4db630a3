/** Clients whose logs go on under another name: what of theirs is still on its way comes too late. */

export const retiredClients = {
  name: "0005-retired-clients",
  sql: `
alter table clients add column retired boolean not null default false;
`,
};

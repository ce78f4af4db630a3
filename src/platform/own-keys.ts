/** What this package itself keeps beside the old app's values. */

const prefix = "hybrid-data-adapter/";

/** Under which localStorage says whose store keeps the old layout current. */
export const mirrorKey = `${prefix}mirror`;

/** True for a key of localStorage, or a database, of ours: never a value of the old app. */
export const isOwnKey = (key: string): boolean => key.startsWith(prefix);

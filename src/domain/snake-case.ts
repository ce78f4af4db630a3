/** dateOfBirth -> date_of_birth: the name of a field or domain in SQL. */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

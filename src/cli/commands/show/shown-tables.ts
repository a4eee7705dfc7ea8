/** How many tables are shown without --all-tables. */
export const SHOWN_TABLES = 20;

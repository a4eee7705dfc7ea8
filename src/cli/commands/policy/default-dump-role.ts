/** What the role is called that dumps a database, where neither an option nor the config says. */
export const DEFAULT_DUMP_ROLE = 'holdfast_dump';

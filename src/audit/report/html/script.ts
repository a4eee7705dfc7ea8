/** Filters the rows of the findings, and unfolds for paper; without it, the page shows all of them. */
export const PAGE_SCRIPT = `
const form = document.querySelector('form[data-filter]');
if (form) {
  const rows = [...document.querySelectorAll('tr[data-status]')];
  const shown = document.querySelector('[data-shown]');
  const apply = () => {
    const data = new FormData(form);
    const severities = data.getAll('severity'), statuses = data.getAll('status');
    const text = String(data.get('text')).trim().toLowerCase();
    let count = 0;
    for (const row of rows) {
      const match = severities.includes(row.dataset.severity) && statuses.includes(row.dataset.status) &&
        row.textContent.toLowerCase().includes(text);
      row.hidden = !match;
      if (match) count++;
    }
    shown.textContent = count + ' of ' + rows.length + ' shown';
  };
  form.hidden = shown.hidden = false;
  form.addEventListener('input', apply);
  form.addEventListener('submit', (event) => event.preventDefault());
  apply();
}
let folded = [];
addEventListener('beforeprint', () => {
  folded = [...document.querySelectorAll('details:not([open])')];
  for (const one of folded) one.open = true;
});
addEventListener('afterprint', () => { for (const one of folded) one.open = false; });
`;

import { h, isOpen, setText } from './kit.js';

/** What can be chosen: a value that is chosen already, or the first thing that can be changed. */
const CHOICES = 'input:checked:enabled, input:not([type=radio]):enabled, select:enabled, button:enabled';

/** The way from an order that was not paid back to the choice. @type {import('../components/part.js').PartFactory} */
export function change(host, view) {
  const button = h('button', { type: 'button', class: 'bursar-link', onclick: reopen });
  host.append(button);

  async function reopen() {
    const isOurs = document.activeElement === button;
    const { type } = await view.actions.changeOrder();
    // Why not is told by what became of the order: it was paid, or changed, in another window.
    if (type === 'error') await view.actions.refresh();
    else if (isOurs) firstChoice()?.focus();
  }

  const firstChoice = () => [.../** @type {NodeListOf<HTMLElement>} */ ((host.closest('.bursar') ?? document).querySelectorAll(CHOICES))]
    .find((one) => one.offsetParent);

  return (state) => {
    host.hidden = !state.session?.order_changeable;
    setText(button, view.t()('order.change'));
    button.setAttribute('aria-disabled', String(!isOpen(state)));
  };
}

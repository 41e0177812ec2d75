/**
 * The panel in a native dialog over the page: it keeps the focus inside, closes on Esc and gives the focus back.
 * Fetched when a checkout has `mode: 'modal'`.
 *
 * @typedef {ReturnType<typeof makeModal>} Modal
 * @typedef {object} ModalOptions
 * @property {HTMLElement} panel
 * @property {Element | null} opener gets the focus when all is over
 * @property {() => import('../core/i18n.js').Translate} t
 * @property {import('../core/checkout.js').Controller} controller
 * @property {() => void} onClosed
 */
import css from './modal.css';

/** @param {import('../panel/parts.js').Kit} kit */
export default function makeModal({ h, svg }) {
  /**
   * @param {ModalOptions} options
   * @returns {(isOver?: boolean) => void} closes it at once, without a `close` event; with `isOver` only takes away one that
   *   the browser has closed and not said so yet
   */
  function open({ panel, opener, t, controller, onClosed }) {
    let isSettled = false;
    let isDone = false;
    const close = (isOver = false) => {
      if (isOver && dialog.open) return;
      isSettled ||= dialog.open;
      dialog.close();
      finish();
    };
    // Without waiting for the browser's `close` event: what is pressed before it opens the next dialog.
    const finish = () => {
      if (isDone) return;
      isDone = true;
      unname();
      dialog.remove();
      /** @type {HTMLElement | null} */ (opener)?.focus?.();
      onClosed();
      // Browsers never trap anybody in a dialog: pressed twice, Esc closes it without a `cancel`.
      if (!isSettled) controller.emit('close');
    };
    // A confirmation under way may still lead to another page: that should not come out of nothing.
    const requestClose = () => { if (controller.state.status !== 'confirming' && controller.emit('close')) close(); };
    const dialog = h('dialog', {
      class: 'bursar-modal', tabindex: -1, autofocus: true,
      oncancel: (/** @type {Event} */ event) => {
        if (event.target !== dialog) return;
        event.preventDefault();
        requestClose();
      },
      onclose: (/** @type {Event} */ event) => { if (event.target === dialog) finish(); },
    }, panel);
    const button = h('button', { type: 'button', class: 'bursar-modal-close', onclick: requestClose }, svg('M7 7l10 10M17 7L7 17', { viewBox: '0 0 24 24', class: 'bursar-icon', 'aria-hidden': 'true' }));
    panel.prepend(h('div', { class: 'bursar-modal-bar' }, button));
    const unname = controller.subscribe(({ session }) => {
      dialog.setAttribute('aria-label', session ? t()('panel.pay_to', { merchant: session.merchant.name }) : t()('panel.label'));
      button.setAttribute('aria-label', t()('panel.close'));
    });
    document.body.append(dialog);
    dialog.showModal();
    return close;
  }

  return { css, open };
}

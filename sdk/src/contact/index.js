/**
 * What the buyer is asked for before the order: address, number, the merchant's own fields, and the code that proves the
 * mailbox. The server says what, in the buyer's language. Fetched where something is asked.
 *
 * @typedef {import('../panel/parts.js').Kit} Kit
 * @typedef {import('../types').ContactField} ContactField
 */

/** @type {Record<string, Record<string, string | number>>} */
const INPUTS = {
  email: { type: 'email', autocomplete: 'email', maxlength: 254 },
  phone: { type: 'tel', autocomplete: 'tel', maxlength: 40 },
  text: { maxlength: 300 },
  number: { inputmode: 'decimal', maxlength: 20 },
  date: { type: 'date' },
};

/** @param {Kit} kit @returns {import('../components/part.js').PartFactory} */
export default function makeContact({ actionButton, h, isOpen, keyed, setText, uid }) {
  return (host, view) => {
    /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
    const inputs = new Map();
    const box = h('div', { class: 'bursar-contact' });
    const rebuild = keyed(box);
    const proof = h('div', { class: 'bursar-proof' });
    const rebuildProof = keyed(proof);
    const problem = h('p', { class: 'bursar-short', role: 'alert' });
    host.append(box, proof, problem);

    /** @param {import('../types').ContactChange} change */
    async function send(change) {
      const result = await view.actions.setContact(change);
      setText(problem, result.type === 'error' ? result.error.message : '');
      const param = result.type === 'error' ? result.error.param : null;
      for (const [key, input] of inputs) input.setAttribute('aria-invalid', String(key === param));
    }

    const typed = () => Object.fromEntries([...inputs].map(([key, input]) => [key, input.value]));

    /** @param {ContactField} field @param {string} optional @param {string} choose */
    function row({ key, kind, label, hint, required, choices, value }, optional, choose) {
      const id = uid('contact');
      const about = { id, class: 'bursar-input', 'aria-describedby': hint ? `${id}-hint` : null, onchange: () => send({ values: { [key]: input.value } }) };
      const input = kind === 'choice'
        ? h('select', about, h('option', { value: '' }, choose), ...choices.map((one) => h('option', { value: one }, one)))
        : h('input', { ...about, ...INPUTS[kind] });
      input.value = value;
      inputs.set(key, input);
      return h('div', {},
        h('label', { class: 'bursar-label', for: id }, label, required ? null : h('span', { class: 'bursar-hint' }, ` (${optional})`)),
        input, hint ? h('p', { class: 'bursar-hint', id: `${id}-hint` }, hint) : null);
    }

    /** @param {import('../types').ContactVerification} verification */
    function rows({ status, text, send: sending, code_label: codeLabel, confirm }) {
      const id = uid('code');
      const code = h('input', { id, class: 'bursar-input', inputmode: 'numeric', autocomplete: 'one-time-code', maxlength: 12 });
      return [
        h('p', { class: 'bursar-hint', role: 'status' }, text),
        ...(status === 'code_sent' ? [
          h('label', { class: 'bursar-label', for: id }, codeLabel),
          h('div', { class: 'bursar-code-row' }, code, actionButton(confirm, () => send({ code: code.value }), 'secondary')),
        ] : []),
        status === 'proven' ? null : actionButton(sending, () => send({ values: typed(), send_code: true }), 'link'),
      ];
    }

    return (state) => {
      const contact = state.session?.contact;
      if (!contact) return;
      const { fields, verification, optional, choose } = contact;
      rebuild(fields.map(({ value, ...asked }) => asked), () => {
        inputs.clear();
        return fields.map((field) => row(field, optional, choose));
      });
      rebuildProof(verification && [verification], () => (verification ? rows(verification) : []));
      proof.hidden = !verification;
      for (const { key, value } of fields) {
        const input = inputs.get(key);
        if (!input) continue;
        input.disabled = !isOpen(state);
        // What is being typed is the buyer's; a refused value stays to be mended.
        if (input !== document.activeElement && value) input.value = value;
      }
    };
  };
}

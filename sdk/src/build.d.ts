/** Filled in by the bundler. */
declare const __VERSION__: string;
declare const __MODULE_URL__: string | undefined;
/** The hashes of the parts that are fetched later, and of the whole SDK for its loader. */
declare const __DEFERRED_PARTS__: string;
declare const __APPEARANCE__: string;
declare const __SCENES__: string;
declare const __MODAL__: string;
declare const __DIAGNOSTICS__: string;
declare const __CONTACT__: string;
declare const __BURSAR__: string;
declare module '*.css' {
  const text: string;
  export default text;
}

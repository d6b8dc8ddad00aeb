declare module 'asl-validator' {
  /** It brings no types. */
  export default function validate(definition: object): {
    readonly isValid: boolean;
    readonly errors: readonly object[];
  };
}

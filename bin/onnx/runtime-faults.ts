import { LocalRunError } from '../local/errors';

/** What ONNX Runtime says when it refuses a model, and what that means to whoever has the model. */
const FAULTS: readonly { readonly says: RegExp; readonly means: (found: RegExpExecArray) => [string, string] }[] = [
  {
    says: /model IR version: (\d+), max supported IR version: (\d+)/i,
    means: ([, got, most]) => [
      `The file's format (IR version ${got}) is newer than what ONNX Runtime reads here (${most}).`,
      `Export it with an older onnx, or, in Python: model.ir_version = ${most}; onnx.save(model, "older.onnx")`,
    ],
  },
  {
    says: /Opset (\d+) is under development|support for domain (\S+) is till opset (\d+)/i,
    means: ({ input }) => {
      const most = /till opset (\d+)/i.exec(input)?.[1];
      const got = /Opset (\d+)/i.exec(input)?.[1];
      return [
        `It is written in operators (opset ${got ?? '?'}) newer than those of ONNX Runtime here${most ? ` (${most})` : ''}.`,
        `Export it with a lower opset${most ? ` (opset_version=${most})` : ''}, or convert it: onnx.version_converter.convert_version(model, ${most ?? 'N'})`,
      ];
    },
  },
  {
    says: /No Op registered for (\S+)|Fatal error: (\S+) is not a registered function\/op/i,
    means: ([, registered, fatal]) => [
      `It needs an operator that ONNX Runtime does not have: ${registered ?? fatal}.`,
      'Export it with operators of ONNX alone. Libraries of custom operators are not loaded.',
    ],
  },
  {
    says: /Could not find an implementation for (\S+)/i,
    means: ([, operator]) => [
      `ONNX Runtime has operator ${operator} for other datatypes than the model's, or for other devices, but not for this CPU.`,
      'Export the model in float32, or with another opset.',
    ],
  },
  {
    says: /external data|external initializer/i,
    means: () => [
      'Weights that it needs are not in the file.',
      'In Python: onnx.save(onnx.load("model.onnx"), "merged.onnx")',
    ],
  },
];

export function explainFault(text: string): LocalRunError {
  // Where in the sources of ONNX Runtime, and in which file of ours, says nothing to people.
  const fault = text
    .replace(/Load model from \S+ failed:/, '')
    .replace(/\/\S+\.(cc|h):\d+ .*?\) (?=[A-Z])/, '')
    .trim();
  for (const { says, means } of FAULTS) {
    const found = says.exec(fault);
    if (!found) continue;
    const [message, hint] = means(found);
    return new LocalRunError(message, { hint, detail: `ONNX Runtime: ${fault.slice(0, 1000)}` });
  }
  return new LocalRunError('ONNX Runtime does not take the model.', {
    detail: fault.slice(0, 2000),
    hint: 'Does Python load and run it? onnx.checker.check_model(path, full_check=True) says more.',
  });
}

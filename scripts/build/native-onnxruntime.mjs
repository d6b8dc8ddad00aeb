import { readFileSync } from 'node:fs';

/**
 * ONNX Runtime's JavaScript goes into the bundle; its native file stays in the layer. Its own require builds the path
 * at run time from template text, which no bundler follows and which ESM would not find in a layer.
 */
export const nativeOnnxRuntime = {
  name: 'native-onnxruntime',
  setup({ onLoad }) {
    onLoad({ filter: /onnxruntime-node[\\/]dist[\\/]binding\.js$/ }, ({ path: file }) => {
      const source = readFileSync(file, 'utf8');
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of their source
      const before = 'require(`../bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`)';
      if (!source.includes(before)) throw new Error('onnxruntime-node loads its native file in another way now');
      return { contents: source.replace(before, before.replace('../bin', 'onnxruntime-node/bin')), loader: 'js' };
    });
  },
};

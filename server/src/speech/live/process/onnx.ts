import { ONE_THREAD, type Onnx } from '@televisit/shared/speech/onnx';
import { Moonshine } from '@televisit/shared/speech/moonshine';
import { VoiceModel } from '@televisit/shared/speech/voice-detector';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { CaptionFiles } from '../../speech-folder.ts';

const OPTIONS = { executionProviders: ['cpu'], ...ONE_THREAD };

/** Loads the models of English captions with onnxruntime-node, which is large, so the set-up installs it outside of node_modules. */
export async function loadModels({
  runtime,
  moonshineDir,
  voiceModel,
}: CaptionFiles): Promise<{ readonly voice: VoiceModel; readonly moonshine: Moonshine }> {
  const onnx = createRequire(runtime)('onnxruntime-node') as Onnx;
  const load = (file: string) => onnx.InferenceSession.create(file, OPTIONS);
  const voice = new VoiceModel(onnx, await load(voiceModel));
  const moonshine = new Moonshine(onnx, {
    encoder: await load(join(moonshineDir, 'encoder_model.ort')),
    decoder: await load(join(moonshineDir, 'decoder_model_merged.ort')),
    vocabulary: await readFile(join(moonshineDir, 'tokenizer.bin')),
  });
  return { voice, moonshine };
}

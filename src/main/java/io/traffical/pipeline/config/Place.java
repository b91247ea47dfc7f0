package io.traffical.pipeline.config;

/**
 * Where a definition stands.
 *
 * @param file the file as the caller named it, or as the file that includes it does
 * @param line its line, from 1
 */
public record Place(String file, int line) {

  /** Returns the place as messages name it: {@code traffical.yaml:12}. */
  String text() {
    return file + ":" + line;
  }
}

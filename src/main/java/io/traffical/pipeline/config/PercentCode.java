package io.traffical.pipeline.config;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The {@code %XX} of a connection string. A {@code +} is a plus, as in libpq. */
final class PercentCode {
  private PercentCode() {}

  /** Returns the text with every {@code %XX} decoded. Messages do not quote the text. */
  static String decoded(String text) throws RefusedException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < encoded.length; i++) {
      if (encoded[i] != '%') {
        bytes.write(encoded[i]);
        continue;
      }
      int high = i + 2 < encoded.length ? Character.digit(encoded[i + 1], 16) : -1;
      int low = i + 2 < encoded.length ? Character.digit(encoded[i + 2], 16) : -1;
      if (high < 0 || low < 0 || high + low == 0) {
        throw new RefusedException(
            "has a % that is not followed by a byte", "write % itself as %25");
      }
      bytes.write(high * 16 + low);
      i += 2;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new RefusedException(
          "has percent-encoded bytes that are not UTF-8", "encode characters as UTF-8");
    }
  }
}

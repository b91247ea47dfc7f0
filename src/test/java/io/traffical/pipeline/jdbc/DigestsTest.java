package io.traffical.pipeline.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DigestsTest {
  private final Digests digests = new Digests();

  /** Leading halves of what sha256sum (GNU coreutils 9.1) prints. */
  @ParameterizedTest
  @CsvSource({
    "'',    e3b0c44298fc1c14, 9afbf4c8996fb924",
    "a,     ca978112ca1bbdca, fac231b39a23dc4d",
    "abc,   ba7816bf8f01cfea, 414140de5dae2223",
    "ä€💶,  bfda8513f4e4c191, 1c4acd73f1e762d6",
  })
  void aDigestIsTheFirstHalfOfTheSha256OfTheText(String text, String high, String low)
      throws IOException {
    long[] into = digest("other", text, null);

    assertThat(Long.toHexString(into[2])).isEqualTo(high);
    assertThat(Long.toHexString(into[3])).isEqualTo(low);
  }

  @Test
  void nullIsTwoZerosWhateverWasThereBefore() throws IOException {
    long[] into = {1, 2, 3, 4};
    digests.write(row("a", null), 1, into, 1);

    assertThat(into).containsExactly(1, 0, 0, 4);
  }

  @Test
  void columnsAndRowsDoNotRunIntoEachOther() throws IOException {
    long[] first = digest("ab", "c", null);
    long[] second = digest("a", "bc", "");

    Set<Long> all = new HashSet<>();
    for (int i : new int[] {0, 1, 2, 3}) {
      all.add(first[i]);
      all.add(second[i]);
    }
    assertThat(all).as("four texts that differ").hasSize(8);
    assertThat(Arrays.copyOfRange(first, 4, 6)).as("null").containsExactly(0, 0);
    assertThat(Arrays.copyOfRange(second, 4, 6)).as("no null").doesNotContain(0);
    assertThat(digest("ab", "c", null)).as("once more").isEqualTo(first);
  }

  private long[] digest(String... texts) throws IOException {
    CopiedRow row = row(texts);
    long[] into = new long[2 * texts.length];
    for (int column = 0; column < texts.length; column++) {
      digests.write(row, column, into, 2 * column);
    }
    return into;
  }

  /**
   * A header of 19 bytes that says that it has no more; then per column the length and the text.
   */
  private static CopiedRow row(String... texts) throws IOException {
    ByteBuffer message = ByteBuffer.allocate(1000);
    message.position(19);
    message.putShort((short) texts.length);
    for (String text : texts) {
      if (text == null) {
        message.putInt(-1);
      } else {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        message.putInt(utf8.length).put(utf8);
      }
    }
    CopiedRow row = new CopiedRow();
    assertThat(row.read(Arrays.copyOf(message.array(), message.position()), texts.length)).isTrue();
    return row;
  }
}

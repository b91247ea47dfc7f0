package io.traffical.pipeline.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.model.UnitBlockWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockStoreTest {
  private static final int PLACES = 2 * UnitBlockWriter.BUCKETS;
  private static final int LAST = PLACES - 1;

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(longs = {0, 100, 5_000, 1 << 20})
  void returnsEveryBlockOfAPlaceOnceWhateverTheBudget(long budget) throws IOException {
    try (BlockStore store = new BlockStore(PLACES, directory.toFile(), budget)) {
      for (int i = 0; i < 1000; i++) {
        store.add(place(i), block("block " + i));
      }

      for (int place : new int[] {0, 1, 2, 3, 4, 5, LAST - 1, LAST}) {
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
          if (place(i) == place) {
            expected.add("block " + i);
          }
        }
        assertThat(texts(store, place)).isEqualTo(expected);
        assertThat(texts(store, place)).as("once more").isEqualTo(expected);
      }
    }
  }

  @Test
  void usesAFileOnlyBeyondItsBudgetAndLeavesNoneBehind() throws IOException {
    try (BlockStore store = new BlockStore(PLACES, directory.toFile(), 10)) {
      store.add(0, block("1234567890"));
      assertThat(store.bytesOnDisk()).isZero();
      store.add(0, block("1"));
      assertThat(store.bytesOnDisk()).isEqualTo(4 + 10 + 4 + 1);
      store.add(0, block("in memory again"));
      assertThat(texts(store, 0)).containsExactly("1234567890", "1", "in memory again");
    }
    assertThat(files()).isZero();
  }

  @Test
  void knowsTheSizeOfAPlaceAndForgetsWhatItHadInMemory() throws IOException {
    try (BlockStore store = new BlockStore(PLACES, directory.toFile(), 1 << 20)) {
      store.add(7, block("12345"));
      store.add(7, block("123"));
      store.add(8, block("1"));
      assertThat(store.bytes(7)).isEqualTo(8);
      assertThat(store.bytes(8)).isEqualTo(1);
      assertThat(store.bytes(9)).isZero();

      store.forget(7);
      assertThat(texts(store, 7)).isEmpty();
      assertThat(texts(store, 8)).containsExactly("1");
    }
  }

  private long files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.count();
    }
  }

  /** Where a block goes: to one of the first six places or of the last two. */
  private static int place(int i) {
    int bucket = i % 3 == 0 ? LAST / 2 : i % 3;
    return 2 * bucket + (i % 2 == 0 ? 1 : 0);
  }

  private static byte[] block(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> texts(BlockStore store, int place) throws IOException {
    List<String> texts = new ArrayList<>();
    store.read(place, block -> texts.add(new String(block, StandardCharsets.UTF_8)));
    return texts;
  }
}

// Classes of every sample of a shard of features, by two threads that take turns at the samples.
//
//   c++ -std=c++17 -pthread classify.cpp $(pkg-config --cflags --libs mistedge) -o classify
//   ./classify BUNDLE SHARD
#include <mist_edge.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using Bytes = std::vector<char>;

// A bundle and the memory to run it.
class Edge {
 public:
  explicit Edge(const Bytes &bundle) {
    std::size_t size = 0;
    mist_edge_status status;
    mist_edge_error error;
    while ((status = mist_edge_open(bundle.data(), bundle.size(), MIST_EDGE_PREDICT, arena.data(), &size, &edge, &error)) ==
           MIST_EDGE_MORE_ARENA) {
      arena.resize(size);
    }
    check(status, error);
    mist_edge_describe(edge, &about);
  }

  std::size_t attach(const Bytes &shard) {
    mist_edge_shard samples;
    mist_edge_error error;
    check(mist_edge_attach(edge, shard.data(), shard.size(), &samples, &error), error);
    return samples.samples;
  }

  std::string classify(std::size_t sample) {
    std::vector<float> probabilities(about.classes);
    mist_edge_error error;
    check(mist_edge_predict_sample(edge, sample, probabilities.data(), nullptr, &error), error);
    const auto best = std::max_element(probabilities.begin(), probabilities.end());
    const mist_edge_text label = mist_edge_label(edge, static_cast<std::uint32_t>(best - probabilities.begin()));
    char probability[16];
    std::snprintf(probability, sizeof probability, "%.6f", *best);
    return std::string(label.bytes, label.size) + "\t" + probability;
  }

 private:
  static void check(mist_edge_status status, const mist_edge_error &error) {
    if (status != MIST_EDGE_OK) throw std::runtime_error("error[" + std::string(error.code) + "]: " + error.sentence + ".");
  }

  Bytes arena;
  mist_edge *edge = nullptr;
  mist_edge_description about{};
};

static Bytes contents(const char *path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(std::string(path) + ": cannot be read");
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

int main(int count, char **words) try {
  if (count != 3) {
    std::cerr << "usage: classify BUNDLE SHARD\n";
    return 64;
  }
  const Bytes bundle = contents(words[1]), shard = contents(words[2]);
  Edge edges[2] = {Edge(bundle), Edge(bundle)};
  edges[0].attach(shard);
  std::vector<std::string> lines(edges[1].attach(shard));
  const auto work = [&](std::size_t turn) {
    for (std::size_t index = turn; index < lines.size(); index += 2) lines[index] = edges[turn].classify(index);
  };
  std::thread other(work, 1);
  work(0);
  other.join();
  for (std::size_t index = 0; index < lines.size(); index++) std::cout << index << "\t" << lines[index] << "\n";
  return 0;
} catch (const std::exception &error) {
  std::cerr << error.what() << "\n";
  return 65;
}

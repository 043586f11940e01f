#ifndef MIST_MATH_H
#define MIST_MATH_H
float sqrtf(float);
double sqrt(double);
#endif
